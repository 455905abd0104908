import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Group, Tag } from '../../api/shapes';
import { xray } from '../../api/xray';
import { glossary, useMessages, useText } from '../../i18n';
import { GuardedButton } from '../../login/Guarded';
import { FilterBox } from '../../query/FilterBox';
import { knownOf } from '../../query/facets';
import type { Window } from '../../time/range';
import { Banner, Button, Panel, Problem, Switch, TextField, toast } from '../../ui';
import { Form } from '../../ui/Sheet';
import { copyName, DEFAULT, draftOf, nameFault, tagChange, tagsOf } from './groups';
import styles from './groups.module.css';
import { messages } from './messages';
import { Preview } from './Preview';

/** The form of a group: of one that is there, of a copy of another, or of a new one. */
export function GroupPanel({
  group,
  from,
  tags,
  groups,
  window: w,
  onClose,
}: {
  /** The group that is changed; without one a group is created. */
  group: Group | undefined;
  /** The group that is copied. */
  from?: Group | undefined;
  tags: readonly Tag[];
  groups: readonly Group[];
  window: Window;
  onClose(): void;
}) {
  const text = useMessages(messages);
  const words = useMessages(glossary);
  const common = useText();
  const client = useQueryClient();
  const names = groups.map(g => g.GroupName);
  const [draft, setDraft] = useState(() =>
    draftOf(group ?? from, group?.GroupName ?? (from ? copyName(from.GroupName, names) : ''), tags),
  );
  const [tried, setTried] = useState(false);
  const all = group?.GroupName === DEFAULT;
  const fault = group ? undefined : nameFault(draft.name, names);
  const wanted = tagsOf(draft.tags);
  const save = useMutation({
    mutationFn: async () => {
      const name = draft.name.trim();
      const request = {
        GroupName: name,
        ...(all ? {} : { FilterExpression: draft.expression.trim() }),
        InsightsConfiguration: {
          InsightsEnabled: draft.insights,
          NotificationsEnabled: draft.insights && draft.notifications,
        },
      };
      if (!group) {
        await xray.createGroup({ ...request, ...(wanted && wanted.length > 0 ? { Tags: wanted } : {}) });
        return;
      }
      await xray.updateGroup(request);
      const change = tagChange(tags, wanted ?? []);
      if (change.remove.length > 0) await xray.untag(group.GroupARN, change.remove);
      if (change.put.length > 0) await xray.tag(group.GroupARN, change.put);
    },
    onSuccess: async () => {
      toast(group ? text.saved(draft.name) : text.created(draft.name));
      await Promise.all([
        client.invalidateQueries({ queryKey: ['groups'] }),
        client.invalidateQueries({ queryKey: ['tags'] }),
        client.invalidateQueries({ queryKey: ['group'] }),
      ]);
      onClose();
    },
  });
  const set = (change: Partial<typeof draft>) => setDraft(d => ({ ...d, ...change }));
  const [typing] = useState(() => (expression: string) => setDraft(d => ({ ...d, expression })));
  const [known] = useState(() => knownOf([], names));
  return (
    <Panel name="group" title={group ? text.editTitle(group.GroupName) : text.create} width={520} onClose={onClose}>
      <Form
        onSubmit={() => {
          setTried(true);
          if (fault === undefined && wanted) save.mutate();
        }}
      >
        {!group && (
          <TextField
            label={text.name}
            value={draft.name}
            onChange={name => set({ name })}
            autoFocus
            hint={text.nameHint}
            error={fault && (tried || fault !== 'required') ? text.faults[fault] : undefined}
          />
        )}
        {all ? (
          <Banner>{text.filterDefault}</Banner>
        ) : (
          <div>
            <h3>{words.filter}</h3>
            <FilterBox
              value={draft.expression}
              onRun={typing}
              onType={typing}
              window={w}
              group={undefined}
              known={known}
              shortcut={false}
            />
          </div>
        )}
        <Preview expression={draft.expression} window={w} />
        {group && !all && <p className={styles.muted}>{text.notRetroactive}</p>}
        <div className={styles.switches}>
          <Switch label={text.insights} value={draft.insights} onChange={insights => set({ insights })} />
          <Switch
            label={text.notifications}
            value={draft.insights && draft.notifications}
            onChange={notifications => set({ notifications })}
            isDisabled={!draft.insights}
          />
        </div>
        <p className={styles.muted}>{text.insightsHint}</p>
        <TextField
          label={text.tags}
          hint={text.tagsHint}
          value={draft.tags}
          onChange={t => set({ tags: t })}
          lines={2}
          mono
          error={wanted ? undefined : text.faults.tags}
        />
        {save.error && <Problem error={save.error} />}
        <div className={styles.end}>
          <GuardedButton
            action={group ? 'xray:UpdateGroup' : 'xray:CreateGroup'}
            type="submit"
            kind="primary"
            isDisabled={save.isPending}
          >
            {group ? text.save : text.create}
          </GuardedButton>
          <Button onPress={onClose}>{common.actions.cancel}</Button>
        </div>
      </Form>
    </Panel>
  );
}
