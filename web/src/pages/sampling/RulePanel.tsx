import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { SamplingRule } from '../../api/shapes';
import { xray } from '../../api/xray';
import { glossary, useMessages, useText } from '../../i18n';
import { GuardedButton } from '../../login/Guarded';
import { Banner, Button, Panel, Problem, TextField, toast } from '../../ui';
import { Form, Rows } from '../../ui/Sheet';
import { Estimate } from './Estimate';
import { messages } from './messages';
import {
  changeOf,
  DEFAULT,
  type Draft,
  differences,
  draftOf,
  type Field,
  faultsOf,
  newDraft,
  PATTERNS,
  ruleOf,
  updateOf,
} from './rules';
import styles from './sampling.module.css';

/** The form of a rule, new without one, with its what-if and what saving changes. */
export function RulePanel({
  rule,
  rules,
  onClose,
}: {
  rule: SamplingRule | undefined;
  rules: readonly SamplingRule[];
  onClose(): void;
}) {
  const text = useMessages(messages);
  const words = useMessages(glossary);
  const common = useText();
  const client = useQueryClient();
  const [draft, setDraft] = useState<Draft>(() => (rule ? draftOf(rule) : newDraft(rules)));
  const [tried, setTried] = useState(false);
  const fixed = rule?.RuleName === DEFAULT;
  const faults = faultsOf(draft, rule ? [] : rules.map(r => r.RuleName));
  const right = Object.keys(faults).length === 0;
  const wanted = right ? ruleOf(draft) : undefined;
  const changes = rule && wanted ? differences(rule, wanted) : [];
  const save = useMutation({
    mutationFn: async () => {
      if (!wanted) return;
      if (rule) await xray.updateSamplingRule(updateOf(wanted, rule));
      else await xray.createSamplingRule(wanted);
    },
    onSuccess: async () => {
      toast(rule ? text.saved(draft.name) : text.created(draft.name));
      await client.invalidateQueries({ queryKey: ['sampling'] });
      onClose();
    },
  });
  const fault = (f: Field) => {
    const found = faults[f];
    return found && (tried || found !== 'required') ? { error: text.faults[found] } : {};
  };
  const set = (change: Partial<Draft>) => setDraft({ ...draft, ...change });
  return (
    <Panel name="rule" title={rule ? text.editTitle(rule.RuleName) : text.create} width={460} onClose={onClose}>
      <Form
        onSubmit={() => {
          setTried(true);
          if (right) save.mutate();
        }}
      >
        {fixed && <Banner>{text.defaultFixed}</Banner>}
        <div className={styles.pair}>
          <TextField
            label={text.name}
            value={draft.name}
            onChange={name => set({ name })}
            isDisabled={rule !== undefined}
            autoFocus={!rule}
            {...fault('name')}
          />
          <TextField
            label={text.priority}
            value={draft.priority}
            onChange={priority => set({ priority })}
            isDisabled={fixed}
            inputMode="numeric"
            {...(fixed ? {} : { hint: text.priorityHint })}
            {...fault('priority')}
          />
        </div>
        <div className={styles.pair}>
          <TextField
            label={text.reservoir}
            value={draft.reservoir}
            onChange={reservoir => set({ reservoir })}
            inputMode="numeric"
            {...fault('reservoir')}
          />
          <TextField
            label={text.fixedRate}
            value={draft.rate}
            onChange={rate => set({ rate })}
            inputMode="decimal"
            {...fault('rate')}
          />
        </div>
        <p className={styles.muted}>{text.reservoirHint}</p>
        <div className={styles.pair}>
          {PATTERNS.map(p => (
            <TextField
              key={p}
              label={text.patterns[p]}
              value={draft.patterns[p]}
              onChange={v => set({ patterns: { ...draft.patterns, [p]: v } })}
              isDisabled={fixed}
              mono
              {...fault(p)}
            />
          ))}
        </div>
        {!fixed && <p className={styles.muted}>{text.patternHint}</p>}
        <TextField
          label={text.attributes}
          value={draft.attributes}
          onChange={attributes => set({ attributes })}
          isDisabled={fixed}
          lines={2}
          mono
          {...(fixed ? {} : { hint: text.attributesHint })}
          {...fault('attributes')}
        />
        {wanted && <Estimate upsert={changeOf(wanted)} />}
        {rule && (
          <>
            <h3>{text.changes}</h3>
            {changes.length === 0 ? (
              <p className={styles.muted}>{text.noChanges}</p>
            ) : (
              <Rows
                label={text.changes}
                head={[{ label: text.field }, { label: text.from }, { label: text.to }]}
                rows={changes.map(([field, before, after]) => ({
                  key: field,
                  cells: [
                    field in text.patterns
                      ? text.patterns[field as keyof typeof text.patterns]
                      : field === 'FixedRate'
                        ? words.fixedRate
                        : field === 'ReservoirSize'
                          ? words.reservoir
                          : field === 'Priority'
                            ? text.priority
                            : text.attributes,
                    <code key="before">{before}</code>,
                    <code key="after">{after}</code>,
                  ],
                }))}
              />
            )}
          </>
        )}
        {save.error && <Problem error={save.error} />}
        <div className={styles.end}>
          <GuardedButton
            action={rule ? 'xray:UpdateSamplingRule' : 'xray:CreateSamplingRule'}
            type="submit"
            kind="primary"
            isDisabled={save.isPending || (rule !== undefined && right && changes.length === 0)}
          >
            {rule ? text.save : text.create}
          </GuardedButton>
          <Button onPress={onClose}>{common.actions.cancel}</Button>
        </div>
      </Form>
    </Panel>
  );
}
