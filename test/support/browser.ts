import sparticuz from '@sparticuz/chromium';
import { chromium, type Browser, type LaunchOptions } from 'playwright-core';

/** As root, such as in a container, Chromium's sandbox does not start; it shows nothing here but our own page. */
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--font-render-hinting=none'];

/**
 * Starts a browser: the one that comes with `npm ci` on Linux x64, elsewhere the Chrome that is installed. Gives the
 * reason when there is none.
 */
export async function launchBrowser(): Promise<Browser | string> {
  try {
    return await chromium.launch({ args: ARGS, ...(await whichBrowser()) });
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    return `no browser could be started: ${reason}`;
  }
}

async function whichBrowser(): Promise<LaunchOptions> {
  const isBrought = process.platform === 'linux' && process.arch === 'x64';
  return isBrought ? { executablePath: await sparticuz.executablePath() } : { channel: 'chrome' };
}
