import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { SamplingRule } from '../../api/shapes';
import { xray } from '../../api/xray';
import { useFormats, useMessages, useText } from '../../i18n';
import { Button, Dialog, Problem, TextField, toast } from '../../ui';
import { Rows } from '../../ui/Sheet';
import { messages } from './messages';
import { imported, updateOf } from './rules';
import styles from './sampling.module.css';

/** Reads rules from a file or text and says what importing does before it does it. */
export function ImportDialog({ rules, onClose }: { rules: readonly SamplingRule[]; onClose(): void }) {
  const text = useMessages(messages);
  const common = useText();
  const format = useFormats();
  const client = useQueryClient();
  const file = useRef<HTMLInputElement>(null);
  const [json, setJson] = useState('');
  const found = json.trim() === '' ? [] : imported(json, rules);
  const todo = (found ?? []).filter(i => i.what !== 'same');
  const run = useMutation({
    mutationFn: async () => {
      for (const { rule, before } of todo) {
        if (before) await xray.updateSamplingRule(updateOf(rule, before));
        else await xray.createSamplingRule(rule);
      }
    },
    onSuccess: () => {
      toast(text.importDone(format.count(todo.length)));
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['sampling'] }),
  });
  return (
    <Dialog
      title={text.importTitle}
      wide
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>{common.actions.cancel}</Button>
          <Button kind="primary" isDisabled={todo.length === 0 || run.isPending} onPress={() => run.mutate()}>
            {text.importRun(format.count(todo.length))}
          </Button>
        </>
      }
    >
      <div className={styles.import}>
        <TextField
          label={text.importText}
          hint={text.importHint}
          error={found ? undefined : text.importWrong}
          value={json}
          onChange={setJson}
          lines={8}
          mono
        />
        <input
          ref={file}
          type="file"
          hidden
          accept="application/json,.json"
          onChange={e => {
            void e.target.files?.[0]?.text().then(setJson);
            e.target.value = '';
          }}
        />
        <div>
          <Button onPress={() => file.current?.click()}>{text.chooseFile}</Button>
        </div>
        {found && found.length > 0 && (
          <Rows
            label={text.importTitle}
            head={[{ label: text.name }, { label: text.priority, end: true }, { label: text.result }]}
            rows={found.map(i => ({
              key: i.rule.RuleName,
              cells: [i.rule.RuleName, i.rule.Priority, text.importWhat[i.what]],
            }))}
          />
        )}
        {run.error && <Problem error={run.error} />}
      </div>
    </Dialog>
  );
}
