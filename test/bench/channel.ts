import type { ChildProcess } from 'node:child_process';

interface Question {
  readonly id: number;
  readonly name: string;
  readonly value: unknown;
}

interface Answer {
  readonly id: number;
  readonly value: unknown;
}

let lastId = 0;

/**
 * Asks a child process something that it answers with `answerQuestions`.
 *
 * @throws Error when the process ends before it answers.
 */
export function ask(child: ChildProcess, name: string, value?: unknown): Promise<unknown> {
  const id = (lastId += 1);
  return new Promise((resolve, reject) => {
    const onMessage = (message: unknown): void => {
      const answer = message as Answer;
      if (answer.id !== id) return;
      stopListening();
      resolve(answer.value);
    };
    const onExit = (): void => {
      stopListening();
      reject(new Error(`process ${child.pid ?? 0} ended before it answered "${name}"`));
    };
    const stopListening = (): void => {
      child.off('message', onMessage).off('exit', onExit);
    };
    child.on('message', onMessage).once('exit', onExit);
    child.send({ id, name, value }, (error) => {
      if (error === null) return;
      stopListening();
      reject(error);
    });
  });
}

/**
 * Answers the parent's questions, each by its name; others are left to other listeners. Does not keep this process
 * alive, and ends it when the parent is gone.
 */
export function answerQuestions(answers: Readonly<Record<string, (value: unknown) => unknown>>): void {
  const reply = async ({ id, name, value }: Question): Promise<void> => {
    const answer = answers[name];
    if (answer !== undefined) process.send?.({ id, value: await answer(value) });
  };
  process.on('message', (message) => void reply(message as Question));
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel?.unref();
}
