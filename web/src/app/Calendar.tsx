import { fromAbsolute, getLocalTimeZone, toCalendarDate } from '@internationalized/date';
import { CalendarCell, CalendarGrid, Heading, I18nProvider, RangeCalendar } from 'react-aria-components';
import { useFormats, useText } from '../i18n';
import type { TimeRange } from '../time/range';
import { LOCAL } from '../time/zone';
import { IconButton } from '../ui';
import styles from './Calendar.module.css';
import type { Scope } from './scope';
import { useSession } from './session';

/** Whole days, chosen in a calendar of the zone. */
export default function Calendar({ scope, onChoose }: { scope: Scope; onChoose(range: TimeRange): void }) {
  const text = useText();
  const { language } = useFormats();
  const now = useSession(s => s.now);
  const zone = scope.zone === LOCAL ? getLocalTimeZone() : scope.zone;
  const day = (at: number) => toCalendarDate(fromAbsolute(at, zone));
  return (
    <I18nProvider locale={language === 'ja' ? 'ja-JP' : 'en-GB'}>
      <RangeCalendar
        aria-label={text.bar.calendar}
        defaultValue={{ start: day(scope.window.from), end: day(scope.window.to) }}
        maxValue={day(now)}
        onChange={({ start, end }) =>
          onChoose({
            kind: 'absolute',
            from: start.toDate(zone).getTime(),
            to: end.add({ days: 1 }).toDate(zone).getTime(),
          })
        }
        className={styles.calendar ?? ''}
      >
        <header className={styles.header}>
          <IconButton slot="previous" icon="left" label={text.bar.earlier} />
          <Heading className={styles.month ?? ''} />
          <IconButton slot="next" icon="right" label={text.bar.later} />
        </header>
        <CalendarGrid className={styles.grid ?? ''}>
          {date => <CalendarCell date={date} className={styles.day ?? ''} />}
        </CalendarGrid>
      </RangeCalendar>
    </I18nProvider>
  );
}
