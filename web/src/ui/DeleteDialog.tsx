import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useText } from '../i18n';
import { Button } from './Button';
import styles from './DeleteDialog.module.css';
import { Dialog } from './Dialog';
import { Problem } from './States';
import { toast } from './toast';

/**
 * Asks before something is deleted, deletes it, and says so. What was asked under the stale key is
 * asked again. The dialog stays open, with the reason, when the server refuses.
 */
export function DeleteDialog({
  title,
  remove,
  done,
  stale,
  onClose,
  children,
}: {
  title: string;
  remove(): Promise<unknown>;
  /** What the toast says afterwards. */
  done: string;
  /** The first part of the keys of queries that are out of date then. */
  stale: string;
  onClose(): void;
  children: ReactNode;
}) {
  const common = useText();
  const client = useQueryClient();
  const run = useMutation({
    mutationFn: remove,
    onSuccess: async () => {
      toast(done);
      await client.invalidateQueries({ queryKey: [stale] });
      onClose();
    },
  });
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>{common.actions.cancel}</Button>
          <Button kind="danger" isDisabled={run.isPending} onPress={() => run.mutate()}>
            {common.actions.delete}
          </Button>
        </>
      }
    >
      <div className={styles.body}>
        {children}
        {run.error && <Problem error={run.error} />}
      </div>
    </Dialog>
  );
}
