package awsemfexporter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/radiograph/radiograph/collector/internal/cloudwatchlogs"
)

// definition, measurement and metadata are the parts of an event that the
// specification names.
type (
	definition struct {
		Name              string
		Unit              *string
		StorageResolution int
	}
	measurement struct {
		Namespace  string
		Dimensions [][]string
		Metrics    []definition
	}
	metadata struct {
		Timestamp         int64
		CloudWatchMetrics []measurement
	}
)

// checkEvent reports what CloudWatch would hold against an event.
func checkEvent(message string, config *Config) error {
	if len(message) > cloudwatchlogs.MaxMessageBytes || !utf8.ValidString(message) {
		return errors.New("too long, or not UTF-8")
	}
	members, err := uniqueMembers(message)
	if err != nil {
		return err
	}
	var meta metadata
	if config.Version == "0" {
		raw, ok := members["CloudWatchMetrics"]
		if !ok {
			return nil
		}
		err = strictly(raw, &meta.CloudWatchMetrics)
	} else {
		raw, ok := members["_aws"]
		if !ok {
			return nil
		}
		err = strictly(raw, &meta)
	}
	if err != nil {
		return err
	}
	if len(meta.CloudWatchMetrics) == 0 {
		return errors.New("no directive")
	}
	for _, m := range meta.CloudWatchMetrics {
		if err := checkMeasurement(m, members); err != nil {
			return err
		}
	}
	return nil
}

func strictly(raw json.RawMessage, v any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

// uniqueMembers returns the members of an object, none of which may be there twice.
func uniqueMembers(message string) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader([]byte(message)))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	members := make(map[string]json.RawMessage)
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, ok := key.(string)
		if _, twice := members[name]; twice || !ok {
			return nil, fmt.Errorf("member %v is there twice", key)
		}
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return nil, err
		}
		members[name] = v
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if d.InputOffset() != int64(len(message)) {
		return nil, errors.New("something follows the object")
	}
	return members, nil
}

func checkMeasurement(m measurement, members map[string]json.RawMessage) error {
	switch {
	case m.Namespace == "" || len(m.Namespace) > 255 || m.Namespace[0] == ':':
		return fmt.Errorf("namespace %q", m.Namespace)
	case len(m.Dimensions) == 0:
		return errors.New("no set of dimensions")
	case len(m.Metrics) == 0 || len(m.Metrics) > 100:
		return fmt.Errorf("%d metrics", len(m.Metrics))
	}
	for _, set := range m.Dimensions {
		if len(set) > 30 {
			return fmt.Errorf("%d dimensions", len(set))
		}
		for _, name := range set {
			var v string
			if err := json.Unmarshal(members[name], &v); err != nil || v == "" || len(v) > 1024 {
				return fmt.Errorf("dimension %q is %.50q", name, members[name])
			}
		}
	}
	for _, d := range m.Metrics {
		if d.Unit != nil && !cloudWatchUnits[*d.Unit] || d.StorageResolution != 1 && d.StorageResolution != 60 {
			return fmt.Errorf("definition %+v", d)
		}
		if err := checkValue(members[d.Name]); err != nil {
			return fmt.Errorf("metric %q: %w", d.Name, err)
		}
	}
	return nil
}

func checkValue(raw json.RawMessage) error {
	var number float64
	if json.Unmarshal(raw, &number) == nil {
		return plausible(number)
	}
	var v struct {
		Values, Counts []float64
		Max, Min, Sum  *float64
		Count          *uint64
	}
	if err := strictly(raw, &v); err != nil {
		return err
	}
	if v.Max == nil || v.Min == nil || v.Sum == nil || v.Count == nil || len(v.Values) != len(v.Counts) || len(v.Values) > 100 {
		return fmt.Errorf("value %.100s", raw)
	}
	for _, f := range append(v.Values, *v.Max, *v.Min, *v.Sum) {
		if err := plausible(f); err != nil {
			return err
		}
	}
	return nil
}

func plausible(f float64) error {
	if f > maxValue || f < -maxValue {
		return fmt.Errorf("%g is out of range", f)
	}
	return nil
}
