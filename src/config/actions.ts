import type { Identity, Purpose } from '../protocol/messages.ts';

/**
 * Where actions are declared, so that `register` and `call` know their types:
 *
 * ```ts
 * declare module 'ephemeral-broker' {
 *   interface Actions { 'mail/last': (params: { to: string }) => { subject: string } | null }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is filled by declaration merging
export interface Actions {}

/** A name: of those that were declared, or any other with a slash. */
export type ActionName = keyof Actions | (`${string}/${string}` & {});

/** What an action takes; `any` where it was not declared. */
export type ActionParams<Name> = Name extends keyof Actions
  ? Actions[Name] extends (...params: infer P) => unknown
    ? P extends []
      ? undefined
      : P[0]
    : never
  : // biome-ignore lint/suspicious/noExplicitAny: nothing is known of it
    any;

/** What it gives; `any` where it was not declared. */
export type ActionResult<Name> = Name extends keyof Actions
  ? Actions[Name] extends (...params: never[]) => infer R
    ? Awaited<R>
    : never
  : // biome-ignore lint/suspicious/noExplicitAny: nothing is known of it
    any;

/** On whose behalf an action runs. */
export interface ActionContext {
  /** Aborts when nobody waits for the result any more: the caller gave up, died, or has waited for as long as it wanted. */
  signal: AbortSignal;
  /** The number of the caller's session. */
  session: number;
  identity: Readonly<Identity>;
  /** The test that it is asked for, where a fixture knows it. */
  purpose: Readonly<Purpose>;
}

/** What a caller asks for by name. Its result must be JSON, or `undefined`. */
export type ActionHandler<P = unknown, R = unknown> = (
  params: P,
  context: ActionContext,
) => R | Promise<R>;

/** The part of Standard Schema, version 1, that is needed: Zod, Valibot, ArkType and others have it (https://standardschema.dev). */
export interface StandardSchema<P = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Validated<P> | Promise<Validated<P>>;
    // biome-ignore lint/suspicious/noExplicitAny: libraries differ in what they put here
    readonly types?: any;
  };
}

type Validated<P> =
  | { readonly value: P; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** What is wrong with params, and where. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

export interface ActionOptions<P = unknown> {
  /** What params must be: a schema of any library that follows Standard Schema, or a function that returns them, or throws, now or later. Default: anything. */
  params?: StandardSchema<P> | ((params: unknown) => P | Promise<P>) | undefined;
}
