// The components of the console. Pages import from here.
export { Button, type ButtonProps, IconButton, Toggle } from './Button';
export { ComboBox } from './ComboBox';
export { CopyButton } from './CopyButton';
export { copy, download } from './copy';
export { Dialog } from './Dialog';
export { Checkbox, type Choice, Segments, Select, Switch, TextField } from './Field';
export { Icon, type IconName } from './Icon';
export { Keys } from './Keys';
export { AnchoredMenu, Menu, type MenuEntry, type MenuGroup } from './Menu';
export { OutcomeMark, OutcomeSwatch } from './OutcomeMark';
export { fillOf, inkOf, OUTCOMES, type Outcome, outcomeOf } from './outcome';
export { Panel, PanelLayout } from './Panel';
export { Banner, Empty, Problem, Reloading, Skeleton } from './States';
export { type Column, Table, type TableProps } from './Table';
export { type TabSpec, Tabs } from './Tabs';
export { Tooltip } from './Tooltip';
export { toast } from './toast';
