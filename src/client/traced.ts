import { BrokerError } from '../protocol/errors.ts';

/** An error of the broker is made where its reply is read: here it gets the stack of who asked. */
export async function traced<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof BrokerError) Error.captureStackTrace(error, traced);
    throw error;
  }
}
