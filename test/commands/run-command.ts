import { vi } from 'vitest';
import type { Command } from '../../src/commands/command.ts';

/** What a command did. */
export interface CommandRun {
  readonly code: number;
  /** Standard output. */
  readonly output: string;
}

/** Runs a command in this process. What it throws is thrown here too. */
export async function runCommand(command: Command, ...args: readonly string[]): Promise<CommandRun> {
  let output = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += String(text);
    return true;
  });
  try {
    const code = await command.run(args);
    return { code, output };
  } finally {
    write.mockRestore();
  }
}
