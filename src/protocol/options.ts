import { BrokerError, badOption, didYouMean, quoted } from './errors.ts';

/** An option that is misspelt must not pass for none. @throws BrokerError `bad_option`. */
export function checkOptions(
  options: unknown,
  known: readonly string[],
  where = '',
): asserts options is object {
  if (typeof options !== 'object' || options === null) {
    throw badOption(where || 'options', `an object, such as { ${known[0]} }`, options);
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const remedy = didYouMean(name, known, `There are: ${known.join(', ')}.`);
    throw new BrokerError(
      'bad_option',
      `${where && `${where}: `}There is no option ${quoted(name)}.${remedy}`,
      { name },
    );
  }
}
