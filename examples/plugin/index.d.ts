import type { Plugin } from 'ephemeral-broker';

export interface Mail {
  subject: string;
}

/** Inboxes that all workers share: `value('mail:NAME')`, and the actions below. */
export function mail(options?: {
  /** Of the addresses. Default: `mail.test`. */
  domain?: string;
}): Plugin;

declare module 'ephemeral-broker' {
  interface Actions {
    'mail/send': (params: { to: string; subject: string }) => void;
    /** The oldest mail, which is taken out of the inbox. Throws `mail/empty`. */
    'mail/next': (params: { to: string }) => Mail;
  }
}
