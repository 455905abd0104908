import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { serverApi } from '../../api/console';
import type { EncryptionConfig } from '../../api/shapes';
import { xray } from '../../api/xray';
import { usePage } from '../../app/page';
import { useSession } from '../../app/session';
import { useFormats, useMessages, useText } from '../../i18n';
import { GuardedButton } from '../../login/Guarded';
import { Problem, Segments, Skeleton, TextField, toast } from '../../ui';
import { Facts, Rows, Section, Sheet } from '../../ui/Sheet';
import { messages } from './messages';
import styles from './status.module.css';

/** What this server is, what it keeps, and settings of X-Ray's API that belong to no other page. */
export default function Status() {
  const common = useText();
  const info = useMemo(() => ({ title: common.pages.status }), [common]);
  usePage(info);
  return (
    <Sheet>
      <Server />
      <Encryption />
      <Indexing />
      <Policies />
    </Sheet>
  );
}

function Server() {
  const text = useMessages(messages);
  const format = useFormats();
  const now = useSession(s => s.now);
  const found = useQuery({
    queryKey: ['server', now],
    queryFn: ({ signal }) => serverApi.server(signal),
    refetchInterval: 15_000,
    placeholderData: before => before,
  });
  if (found.isPending) return <Skeleton rows={8} />;
  if (found.error) return <Problem error={found.error} onRetry={() => void found.refetch()} />;
  const s = found.data;
  const otlp = [s.otlp.grpc && `gRPC ${s.otlp.grpc}`, s.otlp.http && `HTTP ${s.otlp.http}`].filter(Boolean).join(' · ');
  return (
    <div className={styles.columns}>
      <Section title={text.server}>
        <Facts
          items={[
            [text.version, s.version],
            [text.started, `${format.moment(s.started * 1000)} (${format.ago(s.started * 1000, s.now * 1000)})`],
            [text.account, s.accountId],
            [text.region, s.region],
            [text.endpoint, <code key="endpoint">{s.endpoint}</code>],
            [text.daemon, s.daemon === '' ? text.off : <code key="daemon">{s.daemon}</code>],
            [text.otlp, otlp === '' ? text.off : <code key="otlp">{otlp}</code>],
            [text.authentication, s.authentication === 'off' ? text.off : s.authentication],
            [text.strict, s.strict ? text.strictOn : text.strictOff],
          ]}
        />
      </Section>
      <Section title={text.store} hint={text.retentionHint}>
        <Facts
          items={[
            [text.retention, s.retentionSeconds === 0 ? text.forever : format.duration(s.retentionSeconds)],
            [text.oldest, s.oldest === null ? text.never : format.moment(s.oldest * 1000)],
            [text.traces, format.count(s.traces)],
            [text.documents, format.count(s.store.documents)],
            [text.disk, `${format.bytes(s.store.diskBytes)} (${text.log} ${format.bytes(s.store.logBytes)})`],
            [text.memory, format.bytes(s.store.memoryBytes)],
            [text.blocks, format.count(s.store.blocks)],
          ]}
        />
      </Section>
    </div>
  );
}

function Encryption() {
  const text = useMessages(messages);
  const found = useQuery({ queryKey: ['encryption'], queryFn: ({ signal }) => xray.encryption(signal) });
  return (
    <Section title={text.encryption} hint={text.encryptionHint}>
      {found.isPending && <Skeleton rows={2} />}
      {found.error && <Problem error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && <EncryptionForm key={`${found.data.Type} ${found.data.KeyId}`} config={found.data} />}
    </Section>
  );
}

function EncryptionForm({ config }: { config: EncryptionConfig }) {
  const text = useMessages(messages);
  const client = useQueryClient();
  const [type, setType] = useState(config.Type);
  const [key, setKey] = useState(config.KeyId ?? '');
  const [tried, setTried] = useState(false);
  const save = useMutation({
    mutationFn: () => xray.putEncryption(type === 'KMS' ? { Type: type, KeyId: key.trim() } : { Type: type }),
    onSuccess: next => {
      client.setQueryData(['encryption'], next);
      toast(text.saved);
    },
  });
  const changed = type !== config.Type || (type === 'KMS' && key.trim() !== config.KeyId);
  return (
    <>
      <Facts items={[[text.state, config.Status]]} />
      <form
        className={styles.form}
        onSubmit={e => {
          e.preventDefault();
          setTried(true);
          if (type === 'NONE' || key.trim() !== '') save.mutate();
        }}
      >
        <Segments<'NONE' | 'KMS'>
          label={text.type}
          value={type}
          onChange={setType}
          choices={[
            { id: 'NONE', label: text.types.NONE },
            { id: 'KMS', label: text.types.KMS },
          ]}
        />
        {type === 'KMS' && (
          <div className={styles.key}>
            <TextField
              label={text.key}
              value={key}
              onChange={setKey}
              mono
              error={tried && key.trim() === '' ? text.keyWanted : undefined}
            />
          </div>
        )}
        <GuardedButton
          action="xray:PutEncryptionConfig"
          type="submit"
          kind="primary"
          isDisabled={!changed || save.isPending}
        >
          {text.save}
        </GuardedButton>
      </form>
      {save.error && <Problem error={save.error} />}
    </>
  );
}

function Indexing() {
  const text = useMessages(messages);
  const format = useFormats();
  const found = useQuery({ queryKey: ['indexing'], queryFn: ({ signal }) => xray.indexingRules(signal) });
  return (
    <Section title={text.indexing} hint={text.indexingHint}>
      {found.isPending && <Skeleton rows={2} />}
      {found.error && <Problem error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && (
        <Rows
          label={text.indexing}
          head={[
            { label: text.name },
            { label: text.desired, end: true },
            { label: text.actual, end: true },
            { label: text.updated },
          ]}
          rows={found.data.map(r => ({
            key: r.Name,
            cells: [
              r.Name,
              format.share(r.Rule.Probabilistic.DesiredSamplingPercentage / 100),
              format.share(r.Rule.Probabilistic.ActualSamplingPercentage / 100),
              r.ModifiedAt ? format.moment(r.ModifiedAt * 1000) : text.never,
            ],
          }))}
        />
      )}
    </Section>
  );
}

function Policies() {
  const text = useMessages(messages);
  const format = useFormats();
  const found = useQuery({ queryKey: ['policies'], queryFn: ({ signal }) => xray.resourcePolicies(signal) });
  return (
    <Section title={text.policies} {...(found.data?.length === 0 ? { hint: text.noPolicies } : {})}>
      {found.isPending && <Skeleton rows={2} />}
      {found.error && <Problem error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && found.data.length > 0 && (
        <Rows
          label={text.policies}
          head={[{ label: text.name }, { label: text.revision }, { label: text.updated }, { label: text.document }]}
          rows={found.data.map(p => ({
            key: p.PolicyName,
            cells: [
              p.PolicyName,
              p.PolicyRevisionId,
              format.moment(p.LastUpdatedTime * 1000),
              <code key="document" className={styles.document}>
                {p.PolicyDocument}
              </code>,
            ],
          }))}
        />
      )}
    </Section>
  );
}
