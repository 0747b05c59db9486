import { startSts } from './sts.ts';

/** Starts the STS, and counts at the end how often it was asked. */
export default async function setUp(): Promise<() => Promise<void>> {
  const sts = await startSts();
  process.env.STS_ENDPOINT = sts.url;
  return async () => {
    await sts.close();
    console.log(`STS was asked ${sts.asked.length} time(s), and refused ${sts.refused}.`);
  };
}
