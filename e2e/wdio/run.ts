import { installation } from '../installation.ts';
import { CHROMIUM } from '../playwright/run.ts';
import { type Env, Project } from '../project.ts';

/** Installed by `npm test`, as Chromium is. */
const CHROMEDRIVER = process.env.CHROMEDRIVER ?? '/usr/bin/chromedriver';

export interface Run {
  code: number | null;
  output: string;
}

export class WdioProject extends Project {
  static async make(): Promise<WdioProject> {
    return WdioProject.copy('wdio', await installation('wdio-9'));
  }

  /** Nothing is downloaded: browser and driver are the system's. */
  override start([config, ...args]: string[], env: Env = {}) {
    return super.start(['run', config!, ...args], { CHROMIUM, CHROMEDRIVER, ...env });
  }

  async run(args: string[], env: Env = {}): Promise<Run> {
    const started = this.start(args, env);
    const code = await started.ended;
    return { code, output: started.output };
  }
}
