import type { Identity, Purpose } from '../../protocol/messages.ts';
import type { Named, ReportData, ReportLease, ReportSpan, ReportWait } from './data.ts';

/** The data as the file has it: tests, workers and resources are told once, by leases their numbers. */
export type PackedData = Omit<ReportData, 'leases' | 'waits' | 'spans'> & {
  purposes: Purpose[];
  identities: Identity[];
  resources: Named[];
  leases: (Packed<Omit<ReportLease, 'resources'>> & { resources: number[] })[];
  waits: Packed<ReportWait>[];
  spans: (Omit<ReportSpan, keyof Named> & { resource: number })[];
};

type Packed<T extends Purpose & { who: Identity }> = Omit<T, keyof Purpose | 'who'> & {
  purpose: number;
  who: number;
};

export function pack(data: ReportData): PackedData {
  const purposes = new Numbered<Purpose>();
  const identities = new Numbered<Identity>();
  const resources = new Numbered<Named>();
  const packed = <T extends Purpose & { who: Identity }>({ test, file, who, ...rest }: T) => ({
    ...rest,
    purpose: purposes.of({
      ...(test !== undefined && { test }),
      ...(file !== undefined && { file }),
    }),
    who: identities.of(who),
  });
  return {
    ...data,
    leases: data.leases.map((lease) => ({
      ...packed(lease),
      resources: lease.resources.map((one) => resources.of(one)),
    })),
    waits: data.waits.map(packed),
    spans: data.spans.map(({ pool, resource, ...span }) => ({
      ...span,
      resource: resources.of({ pool, resource }),
    })),
    purposes: purposes.all,
    identities: identities.all,
    resources: resources.all,
  };
}

export function unpack({ purposes, identities, resources, ...data }: PackedData): ReportData {
  const whole = <T extends { purpose: number; who: number }>({ purpose, who, ...rest }: T) => ({
    ...rest,
    ...purposes[purpose]!,
    who: identities[who]!,
  });
  return {
    ...data,
    leases: data.leases.map(({ resources: indexes, ...lease }) => ({
      ...whole(lease),
      resources: indexes.map((index) => resources[index]!),
    })),
    waits: data.waits.map(whole),
    spans: data.spans.map(({ resource, ...span }) => ({ ...span, ...resources[resource]! })),
  };
}

/** Things in the order in which they were first met; what is alike has one number. */
class Numbered<T> {
  readonly all: T[] = [];
  readonly #numbers = new Map<string, number>();

  of(thing: T): number {
    const key = JSON.stringify(thing);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.all.length);
    return this.all.push(thing) - 1;
  }
}
