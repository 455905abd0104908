import { lazy, Suspense, useState } from 'react';
import { DialogTrigger, Popover, Dialog as PopoverDialog } from 'react-aria-components';
import { useFormats, useText } from '../i18n';
import { parseTime } from '../time/parse';
import { PRESETS, shift, type TimeRange, zoom } from '../time/range';
import { LOCAL } from '../time/zone';
import { Button, Icon, IconButton, Select, Skeleton, TextField } from '../ui';
import { adopt, type Scope, useScopeChange } from './scope';
import { useSession } from './session';
import styles from './TimePicker.module.css';

const Calendar = lazy(() => import('./Calendar'));

/** The time range: a text that is understood, presets, a calendar, the zone. */
export function TimePicker({ scope, open, onOpen }: { scope: Scope; open: boolean; onOpen(open: boolean): void }) {
  const text = useText();
  const format = useFormats();
  const now = useSession(s => s.now);
  const { setRange } = useScopeChange();
  const step = (share: number) => setRange(shift(scope.range, share, now));
  return (
    <div className={styles.picker}>
      <span className={styles.wide}>
        <IconButton icon="left" label={text.bar.earlier} keys="[" onPress={() => step(-0.5)} />
      </span>
      <DialogTrigger isOpen={open} onOpenChange={onOpen}>
        <Button icon="clock" aria-label={`${text.bar.time}: ${format.range(scope.range)}`}>
          <span className={styles.range}>{format.range(scope.range)}</span>
          {scope.byLink.range && <span className={styles.dot} title={text.bar.setByLink} />}
        </Button>
        <Popover placement="bottom end" className={styles.popover ?? ''}>
          <PopoverDialog aria-label={text.bar.timeField} className={styles.dialog ?? ''}>
            <Choices scope={scope} onClose={() => onOpen(false)} />
          </PopoverDialog>
        </Popover>
      </DialogTrigger>
      <span className={styles.wide}>
        <IconButton icon="right" label={text.bar.later} keys="]" onPress={() => step(0.5)} />
        <IconButton
          icon="minus"
          label={text.bar.zoomOut}
          keys="-"
          onPress={() => setRange(zoom(scope.range, 2, now))}
        />
      </span>
    </div>
  );
}

function Choices({ scope, onClose }: { scope: Scope; onClose(): void }) {
  const text = useText();
  const format = useFormats();
  const { setRange, set } = useScopeChange();
  const [typed, setTyped] = useState('');
  const [wrong, setWrong] = useState(false);
  const [calendar, setCalendar] = useState(false);
  const choose = (range: TimeRange) => {
    setRange(range);
    onClose();
  };
  const parsed = typed.trim() === '' ? undefined : parseTime(typed, Date.now(), scope.zone);
  return (
    <>
      <form
        onSubmit={e => {
          e.preventDefault();
          if (parsed) choose(parsed);
          else setWrong(true);
        }}
      >
        <TextField
          label={text.bar.timeField}
          autoFocus
          value={typed}
          onChange={t => {
            setTyped(t);
            setWrong(false);
          }}
          hint={parsed ? `= ${format.range(parsed)}` : text.bar.timeHint}
          error={wrong ? text.bar.timeWrong : undefined}
        />
      </form>
      <div className={styles.presets} role="group" aria-label={text.bar.presets}>
        {PRESETS.map(seconds => (
          <Button
            key={seconds}
            kind={scope.range.kind === 'relative' && scope.range.seconds === seconds ? 'primary' : 'plain'}
            onPress={() => choose({ kind: 'relative', seconds })}
          >
            {format.duration(seconds)}
          </Button>
        ))}
      </div>
      {calendar ? (
        <Suspense fallback={<Skeleton rows={6} height={28} />}>
          <Calendar scope={scope} onChoose={choose} />
        </Suspense>
      ) : (
        <Button kind="quiet" icon="down" onPress={() => setCalendar(true)}>
          {text.bar.calendar}
        </Button>
      )}
      <Select
        label={text.bar.zone}
        value={scope.zone}
        onChange={tz => set({ tz })}
        choices={[
          { id: LOCAL, label: `${text.bar.zoneLocal} (${Intl.DateTimeFormat().resolvedOptions().timeZone})` },
          { id: 'UTC', label: 'UTC' },
          ...(scope.zone !== LOCAL && scope.zone !== 'UTC' ? [{ id: scope.zone, label: scope.zone }] : []),
        ]}
      />
      {(scope.byLink.range || scope.byLink.zone) && (
        <div className={styles.link}>
          <Icon name="info" />
          <span>{text.bar.setByLink}</span>
          <Button kind="quiet" onPress={() => adopt(scope)}>
            {text.bar.makeDefault}
          </Button>
        </div>
      )}
    </>
  );
}
