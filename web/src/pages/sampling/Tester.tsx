import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { type SamplingRequest, serverApi } from '../../api/console';
import { useMessages } from '../../i18n';
import { Button, Icon, Problem, TextField } from '../../ui';
import { Rows, Section } from '../../ui/Sheet';
import { messages } from './messages';
import styles from './sampling.module.css';

const FIELDS = ['serviceName', 'serviceType', 'host', 'httpMethod', 'urlPath'] as const;

/** Which rule decides about a request that the reader describes, and why the others do not. */
export function Tester() {
  const text = useMessages(messages);
  const [request, setRequest] = useState<SamplingRequest>({});
  const test = useMutation({ mutationFn: (r: SamplingRequest) => serverApi.testSampling(r) });
  const answer = test.data;
  const before = answer?.rules.findIndex(r => r.decides) ?? -1;
  return (
    <Section title={text.test} hint={text.testHint}>
      <form
        className={styles.request}
        onSubmit={e => {
          e.preventDefault();
          test.mutate(request);
        }}
      >
        {FIELDS.map(f => (
          <TextField
            key={f}
            label={text.tester[f]}
            value={request[f] ?? ''}
            onChange={v => setRequest({ ...request, [f]: v })}
            mono
          />
        ))}
        <Button type="submit" kind="primary" isPending={test.isPending}>
          {text.runTest}
        </Button>
      </form>
      {test.error && <Problem error={test.error} />}
      <div role="status">{answer?.match && <p className={styles.decides}>{text.decides(answer.match)}</p>}</div>
      {answer && (
        <Rows
          label={text.result}
          head={[
            { label: text.priority, end: true },
            { label: text.name },
            { label: text.result },
            { label: text.why },
          ]}
          rows={answer.rules.map((r, i) => ({
            key: r.name,
            current: r.decides,
            cells: [
              r.priority,
              r.name,
              r.decides ? (
                <span key="result" className={styles.trend}>
                  <Icon name="check" size={14} /> {text.decidesShort}
                </span>
              ) : r.matches && i > before ? (
                <span key="result" className={styles.muted}>
                  {text.matchesToo}
                </span>
              ) : (
                <span key="result">{text.not}</span>
              ),
              <span key="why" className={styles.why}>
                {r.mismatches.map(m => (
                  <span key={m.field}>{text.mismatch(m.field, m.value ?? text.absent, m.pattern)}</span>
                ))}
              </span>,
            ],
          }))}
        />
      )}
    </Section>
  );
}
