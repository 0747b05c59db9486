/** The name of a plugin. */
export const PLUGIN_NAME = /^[\w@.-]{1,100}$/;

/** What a plugin adds, an action or an error code: its own name, a slash, and what it is. What is the broker's own has no slash. */
export const QUALIFIED_NAME = /^[\w@.-]{1,100}\/[\w@.-]{1,100}$/;

/** As errors say it. */
export const ACTION_EXAMPLE = "such as 'mail/last'";
