import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { type Sources as Found, serverApi } from '../../api/console';
import { useGo } from '../../app/location';
import { usePage } from '../../app/page';
import { useSession } from '../../app/session';
import { useFormats, useMessages, useText } from '../../i18n';
import { Button, Empty, Problem, Reloading, Skeleton } from '../../ui';
import { Facts, Rows, Section, Sheet } from '../../ui/Sheet';
import { drops, errorsOf, received, rejections } from './counts';
import { messages } from './messages';

const REFRESH = 10_000;

/** Who sends to this server, how, and what was not taken. */
export default function Sources() {
  const text = useMessages(messages);
  const common = useText();
  const go = useGo();
  const format = useFormats();
  const now = useSession(s => s.now);
  const found = useQuery({
    queryKey: ['sources', now],
    queryFn: ({ signal }) => serverApi.sources(signal),
    refetchInterval: REFRESH,
    placeholderData: keepPreviousData,
  });
  const info = useMemo(() => ({ title: common.pages.sources }), [common]);
  usePage(info);
  if (found.isPending) return <Skeleton rows={10} height={24} />;
  if (found.error) return <Problem error={found.error} onRetry={() => void found.refetch()} />;
  const s = found.data;
  return (
    <Sheet>
      <Reloading busy={found.isPlaceholderData}>
        <Section title={text.protocols} hint={text.since(format.moment(s.since * 1000))}>
          <Protocols found={s} />
        </Section>
      </Reloading>
      {!received(s) && (
        <Empty
          icon="sources"
          title={text.empty}
          actions={
            <Button kind="primary" onPress={() => go('/start')}>
              {text.start}
            </Button>
          }
        />
      )}
      <Rejected found={s} />
      <Sdks found={s} />
      <Daemon daemon={s.daemon} />
      <Telemetry found={s} />
    </Sheet>
  );
}

function useAgo(): (at: number | null) => string {
  const text = useMessages(messages);
  const format = useFormats();
  return at => (at === null ? text.never : format.ago(at * 1000, Date.now()));
}

function Protocols({ found }: { found: Found }) {
  const text = useMessages(messages);
  const format = useFormats();
  const ago = useAgo();
  const name = (p: string) => (text.names as Readonly<Record<string, string>>)[p] ?? p;
  return (
    <Rows
      label={text.protocols}
      head={[
        { label: text.protocol, line: true },
        { label: text.last, line: true },
        { label: text.calls, end: true },
        { label: text.documents, end: true },
        { label: text.bytes, end: true },
        { label: text.rejectedCount, end: true },
        { label: text.throttled, end: true },
        { label: text.failed, end: true },
      ]}
      rows={found.intakes.map(i => ({
        key: i.protocol,
        cells: [
          name(i.protocol),
          ago(i.lastReceived),
          format.count(i.calls),
          format.count(i.documents),
          format.bytes(i.bytes),
          format.count(i.rejected.reduce((n, r) => n + r.count, 0)),
          format.count(i.throttled),
          format.count(i.failed),
        ],
      }))}
    />
  );
}

function Rejected({ found }: { found: Found }) {
  const text = useMessages(messages);
  const format = useFormats();
  const ago = useAgo();
  const rows = rejections(found);
  return (
    <Section title={text.rejected} hint={rows.length > 0 ? text.rejectedHint : text.noRejected}>
      {rows.length > 0 && (
        <Rows
          label={text.rejected}
          head={[
            { label: text.code },
            { label: text.count, end: true },
            { label: text.protocol, line: true },
            { label: text.message },
            { label: text.id },
            { label: text.last, line: true },
          ]}
          rows={rows.map(r => ({
            key: `${r.protocol} ${r.code}`,
            cells: [
              <code key="code">{r.code}</code>,
              format.count(r.count),
              r.protocol,
              r.message,
              <code key="id">{r.lastId ?? '–'}</code>,
              ago(r.last),
            ],
          }))}
        />
      )}
    </Section>
  );
}

function Sdks({ found }: { found: Found }) {
  const text = useMessages(messages);
  const format = useFormats();
  const ago = useAgo();
  const { traces, segments } = found.sdkSample;
  return (
    <Section
      title={text.sdks}
      hint={traces > 0 ? text.sdksHint(format.count(traces), format.count(segments)) : text.noSdks}
    >
      {found.sdks.length > 0 && (
        <Rows
          label={text.sdks}
          head={[
            { label: text.sdk, line: true },
            { label: text.version },
            { label: text.segments, end: true },
            { label: text.services },
            { label: text.last, line: true },
          ]}
          rows={found.sdks.map(s => ({
            key: `${s.sdk} ${s.version}`,
            cells: [
              s.sdk ?? text.unnamed,
              s.version ?? '–',
              format.count(s.segments),
              s.services.join(', '),
              ago(s.lastReceived),
            ],
          }))}
        />
      )}
    </Section>
  );
}

function Daemon({ daemon }: { daemon: Found['daemon'] }) {
  const text = useMessages(messages);
  const format = useFormats();
  if (!daemon) return <Section title={text.daemon} hint={text.daemonOff} />;
  const names = text.drops as Readonly<Record<string, string>>;
  const lost = drops(daemon.dropped);
  return (
    <Section title={text.daemon}>
      <Facts
        items={[
          [text.datagrams, `${format.count(daemon.datagrams)} · ${format.bytes(daemon.datagramBytes)}`],
          [text.streams, `${format.count(daemon.streams)} (${format.count(daemon.openStreams)})`],
          [text.queued, format.bytes(daemon.queuedBytes)],
          [text.buffer, format.bytes(daemon.receiveBuffer)],
          [
            text.dropped,
            lost.length === 0
              ? text.nothingDropped
              : lost.map(([kind, n]) => `${format.count(n)} ${names[kind] ?? kind}`).join(', '),
          ],
        ]}
      />
    </Section>
  );
}

function Telemetry({ found }: { found: Found }) {
  const text = useMessages(messages);
  const format = useFormats();
  const ago = useAgo();
  return (
    <Section title={text.telemetry} hint={found.telemetry.length > 0 ? text.telemetryHint : text.noTelemetry}>
      {found.telemetry.length > 0 && (
        <Rows
          label={text.telemetry}
          head={[
            { label: text.host, line: true },
            { label: text.reported, line: true },
            { label: text.received, end: true },
            { label: text.sent, end: true },
            { label: text.spillover, end: true },
            { label: text.rejectedCount, end: true },
            { label: text.errors, end: true },
          ]}
          rows={found.telemetry.map((t, i) => ({
            key: `${i} ${t.hostname}`,
            cells: [
              t.hostname ?? t.instance ?? t.resource ?? '–',
              ago(t.reported),
              format.count(t.received),
              format.count(t.sent),
              format.count(t.spillover),
              format.count(t.rejected),
              format.count(errorsOf(t)),
            ],
          }))}
        />
      )}
    </Section>
  );
}
