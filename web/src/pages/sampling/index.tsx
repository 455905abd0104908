import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { queries } from '../../api/queries';
import type { SamplingRule } from '../../api/shapes';
import { xray } from '../../api/xray';
import { Link } from '../../app/Link';
import { useGo, useUrl } from '../../app/location';
import { usePage } from '../../app/page';
import { endpoint, shell } from '../../app/share';
import { Sparkline } from '../../chart/Sparkline';
import { useFormats, useMessages, useText } from '../../i18n';
import { GuardedButton, GuardedIconButton } from '../../login/Guarded';
import type { PageProps } from '../../routes';
import { Banner, Button, download, IconButton, PanelLayout, Problem, Skeleton } from '../../ui';
import { DeleteDialog } from '../../ui/DeleteDialog';
import { Rows, Section, Sheet } from '../../ui/Sheet';
import { codec, flag } from '../../url/codec';
import { Estimate } from './Estimate';
import { ImportDialog } from './ImportDialog';
import { messages } from './messages';
import { RulePanel } from './RulePanel';
import { DEFAULT, exported, inOrder, matchesOf, type Trend, trendsOf } from './rules';
import styles from './sampling.module.css';
import { Tester } from './Tester';

const address = codec({ new: flag() });

/** Sampling rules: what they keep, which one decides, what others would have kept. */
export default function Sampling({ params }: PageProps) {
  const text = useMessages(messages);
  const common = useText();
  const go = useGo();
  const [url, setUrl] = useUrl(address);
  const found = useQuery(queries.samplingRules());
  const reports = useQuery({ ...queries.samplingStatistics(), refetchInterval: 10_000 });
  const [deleting, setDeleting] = useState<SamplingRule>();
  const [importing, setImporting] = useState(false);
  const rules = useMemo(() => inOrder(found.data ?? []), [found.data]);
  const trends = useMemo(() => trendsOf(reports.data ?? []), [reports.data]);
  const info = useMemo(
    () => ({
      title: common.pages.sampling,
      cli: () => `aws xray get-sampling-rules --endpoint-url ${shell(endpoint())}`,
    }),
    [common],
  );
  usePage(info);
  const name = params.rule === undefined ? undefined : decode(params.rule);
  const chosen = rules.find(r => r.RuleName === name);
  const close = () => (name === undefined ? setUrl({ new: false }) : go('/sampling'));
  if (found.isPending) return <Skeleton rows={8} height={28} />;
  if (found.error) return <Problem error={found.error} onRetry={() => void found.refetch()} />;
  return (
    <PanelLayout>
      <div className={styles.page}>
        <Sheet>
          {name !== undefined && !chosen && <Banner kind="warning">{text.unknownRule}</Banner>}
          <Section
            title={text.rules}
            hint={text.rulesHint}
            actions={
              <>
                <Button
                  icon="download"
                  onPress={() => download('sampling-rules.json', 'application/json', exported(rules))}
                >
                  {text.exportRules}
                </Button>
                <GuardedButton action="xray:CreateSamplingRule" onPress={() => setImporting(true)}>
                  {text.importRules}
                </GuardedButton>
                <GuardedButton
                  action="xray:CreateSamplingRule"
                  kind="primary"
                  icon="plus"
                  onPress={() => go('/sampling', { new: '1' })}
                >
                  {text.create}
                </GuardedButton>
              </>
            }
          >
            <RuleTable rules={rules} trends={trends} current={name} onDelete={setDeleting} />
          </Section>
          <Tester />
        </Sheet>
      </div>
      {chosen && <RulePanel key={chosen.RuleName} rule={chosen} rules={rules} onClose={close} />}
      {!chosen && url.new && <RulePanel key="new" rule={undefined} rules={rules} onClose={close} />}
      {deleting && (
        <DeleteDialog
          title={text.remove(deleting.RuleName)}
          remove={() => xray.deleteSamplingRule(deleting.RuleName)}
          done={text.deleted(deleting.RuleName)}
          stale="sampling"
          onClose={() => {
            setDeleting(undefined);
            if (deleting.RuleName === name) close();
          }}
        >
          <p>{text.removeAsk(deleting.RuleName)}</p>
          <Estimate without={deleting.RuleName} />
        </DeleteDialog>
      )}
      {importing && <ImportDialog rules={rules} onClose={() => setImporting(false)} />}
    </PanelLayout>
  );
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function RuleTable({
  rules,
  trends,
  current,
  onDelete,
}: {
  rules: readonly SamplingRule[];
  trends: ReadonlyMap<string, Trend>;
  current: string | undefined;
  onDelete(rule: SamplingRule): void;
}) {
  const text = useMessages(messages);
  const format = useFormats();
  const go = useGo();
  const open = (r: SamplingRule) => `/sampling/${encodeURIComponent(r.RuleName)}`;
  return (
    <Rows
      label={text.rules}
      head={[
        { label: text.priority, end: true },
        { label: text.name },
        { label: text.limits, end: true },
        { label: text.matches },
        { label: text.trend },
        { label: text.effective, end: true },
        { label: text.actions, hidden: true },
      ]}
      rows={rules.map(r => {
        const trend = trends.get(r.RuleName);
        const matches = matchesOf(r);
        return {
          key: r.RuleName,
          current: r.RuleName === current,
          cells: [
            r.Priority,
            <Link key="name" to={open(r)}>
              {r.RuleName}
            </Link>,
            text.limit(format.count(r.ReservoirSize), format.share(r.FixedRate)),
            <span key="matches" className={styles.terms}>
              {matches.length === 0 ? (
                <span className={styles.muted}>{text.everything}</span>
              ) : (
                matches.map(([field, pattern]) => (
                  <code key={field} className={styles.term}>
                    {field} {pattern}
                  </code>
                ))
              )}
            </span>,
            trend ? (
              <span key="trend" className={styles.trend}>
                <Sparkline
                  values={trend.requests.length === 1 ? [...trend.requests, ...trend.requests] : trend.requests}
                  label={text.trendOf(
                    format.count(trend.total),
                    format.count(trend.sampled),
                    format.count(trend.borrowed),
                  )}
                />
                {format.count(trend.total)}
              </span>
            ) : (
              <span key="trend" className={styles.muted}>
                {text.noReports}
              </span>
            ),
            trend && trend.total > 0 ? format.share((trend.sampled + trend.borrowed) / trend.total) : '–',
            <span key="actions" className={styles.buttons}>
              <IconButton icon="settings" label={text.edit(r.RuleName)} onPress={() => go(open(r))} />
              {r.RuleName !== DEFAULT && (
                <GuardedIconButton
                  action="xray:DeleteSamplingRule"
                  icon="close"
                  label={text.remove(r.RuleName)}
                  onPress={() => onDelete(r)}
                />
              )}
            </span>,
          ],
        };
      })}
    />
  );
}
