import type { EndReason, Identity, Purpose } from '../../protocol/messages.ts';

/** What the page shows. Times are running ms of the broker's clock. No value and no secret is in it. */
export interface ReportData {
  /** Of the package whose broker wrote the journal. */
  version: string;
  /** The wall clock at `fromMs`. */
  startedAt: number;
  fromMs: number;
  toMs: number;
  /** The journal kept only its last events: what was before `fromMs` is not known. */
  truncated: boolean;
  /** The end of the file was cut off. */
  cutOff: boolean;
  pools: ReportPool[];
  leases: ReportLease[];
  waits: ReportWait[];
  spans: ReportSpan[];
  whatIf: ReportWhatIf[];
}

export interface ReportPool {
  name: string;
  /** Absent for what is never held: limits and barriers. */
  size?: number;
}

export interface Named {
  pool: string;
  resource: number;
}

export interface ReportLease extends Purpose {
  token: number;
  resources: Named[];
  who: Identity;
  from: number;
  to: number;
  waitedMs: number;
  /** `held`: not ended when the journal was written. */
  reason: EndReason | 'held';
  why?: string;
}

export interface ReportWait extends Purpose {
  ticket: number;
  pools: string[];
  who: Identity;
  from: number;
  to: number;
  /** `granted`, `waiting` when the journal was written, or why it ended without a grant. */
  reason: string;
}

/** What became of a resource between leases. */
export interface ReportSpan extends Named {
  state: string;
  from: number;
  to: number;
}

/** The run as it would have been with other sizes of one pool, the rest as it was. */
export interface ReportWhatIf {
  pool: string;
  size: number;
  /** Without a time where the run would never have ended. */
  predictions: { size: number; runMs: number | undefined }[];
  /** More would have saved something. */
  saves: boolean;
  sentence: string;
}
