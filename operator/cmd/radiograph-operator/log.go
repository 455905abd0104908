package main

import (
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/radiograph/radiograph/operator/cmd/internal/output"
)

// logOptions say what is logged and how. The flags have the names that operators usually give
// them, though the logger is not zap.
type logOptions struct {
	level, levelFormat                  string
	messageKey, levelKey, timeKey, mode string
}

func (l *logOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&l.level, "zap-log-level", "info", "least level to log: debug, info, warn, error, or a number of verbosity")
	f.StringVar(&l.levelFormat, "zap-level-format", "uppercase", "how levels are written: uppercase or lowercase")
	f.StringVar(&l.messageKey, "zap-message-key", "message", "key of the message")
	f.StringVar(&l.levelKey, "zap-level-key", "level", "key of the level")
	f.StringVar(&l.timeKey, "zap-time-key", "timestamp", "key of the time")
	f.StringVar(&l.mode, "zap-encoder", "json", "json or console")
}

// handler returns the log handler.
func (l *logOptions) handler(w io.Writer) (slog.Handler, error) {
	level, err := l.leastLevel()
	if err != nil {
		return nil, err
	}
	format := strings.ToUpper
	switch l.levelFormat {
	case "uppercase":
	case "lowercase":
		format = strings.ToLower
	default:
		return nil, fmt.Errorf("zap-level-format: %q is neither uppercase nor lowercase", l.levelFormat)
	}
	ho := &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) > 0 {
				return output.Plain(a)
			}
			switch a.Key {
			case slog.MessageKey:
				a.Key = l.messageKey
			case slog.TimeKey:
				a.Key = l.timeKey
			case slog.LevelKey:
				a = slog.String(l.levelKey, format(a.Value.String()))
			}
			return output.Plain(a)
		},
	}
	switch l.mode {
	case "json":
		return slog.NewJSONHandler(w, ho), nil
	case "console":
		return slog.NewTextHandler(w, ho), nil
	default:
		return nil, fmt.Errorf("zap-encoder: %q is neither json nor console", l.mode)
	}
}

// leastLevel reads the level. A number is a verbosity: 0 is info, 1 and more are debug.
func (l *logOptions) leastLevel() (slog.Level, error) {
	if verbosity, err := strconv.Atoi(l.level); err == nil {
		return slog.Level(-verbosity), nil
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.level)); err != nil {
		return 0, fmt.Errorf("zap-log-level: %q is no level", l.level)
	}
	return level, nil
}
