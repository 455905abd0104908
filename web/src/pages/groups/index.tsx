import { useQueries, useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { serverApi } from '../../api/console';
import { queries } from '../../api/queries';
import type { Group } from '../../api/shapes';
import { xray } from '../../api/xray';
import { Link } from '../../app/Link';
import { useGo, useUrl } from '../../app/location';
import { usePage } from '../../app/page';
import { useSession } from '../../app/session';
import { endpoint, shell } from '../../app/share';
import { glossary, useFormats, useMessages, useText } from '../../i18n';
import { GuardedButton, GuardedIconButton } from '../../login/Guarded';
import type { PageProps } from '../../routes';
import type { Window } from '../../time/range';
import { Banner, Empty, IconButton, PanelLayout, Problem, Skeleton } from '../../ui';
import { DeleteDialog } from '../../ui/DeleteDialog';
import { Rows, Section, Sheet } from '../../ui/Sheet';
import { codec, flag, optional } from '../../url/codec';
import { GroupPanel } from './GroupPanel';
import { DEFAULT, dependents } from './groups';
import styles from './groups.module.css';
import { messages } from './messages';

const address = codec({ new: flag(), copy: optional() });
const HOUR = 3_600_000;

/** Groups: filters with names. */
export default function Groups({ params }: PageProps) {
  const text = useMessages(messages);
  const common = useText();
  const go = useGo();
  const now = useSession(s => s.now);
  const [url, setUrl] = useUrl(address);
  const found = useQuery(queries.groups());
  const [deleting, setDeleting] = useState<Group>();
  const w = useMemo<Window>(() => ({ from: now - HOUR, to: now }), [now]);
  const info = useMemo(
    () => ({
      title: common.pages.groups,
      cli: () => `aws xray get-groups --endpoint-url ${shell(endpoint())}`,
    }),
    [common],
  );
  usePage(info);
  const name = params.name;
  const groups = found.data ?? [];
  const chosen = groups.find(g => g.GroupName === name || encodeURIComponent(g.GroupName) === name);
  const original = groups.find(g => g.GroupName === url.copy);
  const tagged = chosen ?? original;
  const tags = useQuery({
    queryKey: ['tags', tagged?.GroupARN],
    queryFn: ({ signal }) => xray.tags(tagged?.GroupARN ?? '', signal),
    enabled: tagged !== undefined && tagged.GroupName !== DEFAULT,
  });
  const close = () => (name === undefined ? setUrl({ new: false, copy: undefined }) : go('/groups'));
  if (found.isPending) return <Skeleton rows={8} height={28} />;
  if (found.error) return <Problem error={found.error} onRetry={() => void found.refetch()} />;
  const create = (
    <GuardedButton action="xray:CreateGroup" kind="primary" icon="plus" onPress={() => go('/groups', { new: '1' })}>
      {text.create}
    </GuardedButton>
  );
  const open = chosen ?? (url.new || original ? original : undefined);
  const ready = !tags.isLoading;
  const needed = deleting ? dependents(deleting, groups) : [];
  return (
    <PanelLayout>
      <div className={styles.page}>
        <Sheet>
          {name !== undefined && !chosen && <Banner kind="warning">{text.unknown}</Banner>}
          {groups.length === 0 ? (
            <Empty icon="groups" title={text.emptyTitle} actions={create}>
              {text.empty}
            </Empty>
          ) : (
            <Section title={text.list} hint={text.listHint} actions={create}>
              <GroupTable groups={groups} window={w} current={chosen?.GroupName} onDelete={setDeleting} />
            </Section>
          )}
        </Sheet>
      </div>
      {ready && (chosen || url.new || original) && (
        <GroupPanel
          key={chosen?.GroupName ?? `new ${open?.GroupName}`}
          group={chosen}
          from={original}
          tags={tags.data ?? []}
          groups={groups}
          window={w}
          onClose={close}
        />
      )}
      {deleting && (
        <DeleteDialog
          title={text.remove(deleting.GroupName)}
          remove={() => xray.deleteGroup(deleting.GroupName)}
          done={text.deleted(deleting.GroupName)}
          stale="groups"
          onClose={() => {
            setDeleting(undefined);
            if (deleting === chosen) close();
          }}
        >
          <p>{text.removeAsk(deleting.GroupName)}</p>
          {needed.length > 0 && <Banner kind="warning">{text.removeNeeded(needed.join(', '))}</Banner>}
        </DeleteDialog>
      )}
    </PanelLayout>
  );
}

function GroupTable({
  groups,
  window: w,
  current,
  onDelete,
}: {
  groups: readonly Group[];
  window: Window;
  current: string | undefined;
  onDelete(group: Group): void;
}) {
  const text = useMessages(messages);
  const words = useMessages(glossary);
  const format = useFormats();
  const go = useGo();
  const counts = useQueries({
    queries: groups.map(g => ({
      queryKey: ['group', 'count', g.GroupName, w.from, w.to],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        serverApi
          .analyze(
            { from: w.from / 1000, to: w.to / 1000, g: g.GroupName, fields: 'outcome', top: 1, buckets: 1 },
            signal,
          )
          .then(a => a.sets.a.count),
      retry: false,
    })),
  });
  return (
    <Rows
      label={text.list}
      head={[
        { label: text.name },
        { label: words.filter },
        { label: text.matches(format.duration((w.to - w.from) / 1000)), end: true },
        { label: text.insights },
        { label: text.actions, hidden: true },
      ]}
      rows={groups.map((g, i) => {
        const to = `/groups/${encodeURIComponent(g.GroupName)}`;
        const n = counts[i]?.data;
        return {
          key: g.GroupName,
          current: g.GroupName === current,
          cells: [
            <Link key="name" to={to}>
              {g.GroupName}
            </Link>,
            g.FilterExpression ? (
              <code key="filter" className={styles.expression}>
                {g.FilterExpression}
              </code>
            ) : (
              <span key="filter" className={styles.muted}>
                {text.all}
              </span>
            ),
            <Link key="n" to="/traces" params={{ g: g.GroupName, t: '1h' }} title={text.show}>
              {n === undefined ? '…' : format.count(n)}
            </Link>,
            g.InsightsConfiguration?.InsightsEnabled ? text.insightsOn : text.insightsOff,
            <span key="actions" className={styles.buttons}>
              <IconButton icon="settings" label={text.edit(g.GroupName)} onPress={() => go(to)} />
              <GuardedIconButton
                action="xray:CreateGroup"
                icon="copy"
                label={text.clone(g.GroupName)}
                onPress={() => go('/groups', { copy: g.GroupName })}
              />
              {g.GroupName !== DEFAULT && (
                <GuardedIconButton
                  action="xray:DeleteGroup"
                  icon="close"
                  label={text.remove(g.GroupName)}
                  onPress={() => onDelete(g)}
                />
              )}
            </span>,
          ],
        };
      })}
    />
  );
}
