import { openRules, temporaryFolder } from '../support/rules.ts';
import { describeRules } from './rules-contract.ts';

describeRules('rules in a file', {
  kind: 'file',
  place: (document) => {
    const folder = temporaryFolder();
    let text: string | undefined = JSON.stringify(document);
    return async () => {
      const first = text;
      text = undefined;
      const { file, registry, statuses } = await openRules(first, folder);
      return { rules: file, registry, statuses };
    };
  },
});
