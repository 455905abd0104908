package xrayapi

import (
	"encoding/json"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestSecondsFromJSON(t *testing.T) {
	for in, want := range map[string]int64{
		"0":                     0,
		"1478293361":            1478293361e9,
		"1478293361.271":        1478293361271e6,
		"1478293361.123456789":  1478293361123456789,
		"1478293361.1234567899": 1478293361123456790,
		"1.478293361271E9":      1478293361271e6,
		"-1.5":                  -1500e6,
		"1e300":                 maxTime,
		"-1e300":                -maxTime,
		"99999999999":           maxTime,
	} {
		var s seconds
		if err := json.Unmarshal([]byte(in), &s); err != nil || int64(s) != want {
			t.Errorf("%s: got %d, %v; want %d", in, s, err, want)
		}
	}
}

func TestSecondsRefusesTexts(t *testing.T) {
	for _, in := range []string{`"2016-11-04T20:00:00Z"`, `"1478293361"`, `true`, `{}`, `[]`} {
		var s seconds
		if err := json.Unmarshal([]byte(in), &s); err == nil {
			t.Errorf("%s: got %d, want an error", in, s)
		}
	}
}

func TestSecondsToJSON(t *testing.T) {
	for in, want := range map[seconds]string{
		0:                   "0.0",
		1478293361e9:        "1478293361.0",
		1478293361271e6:     "1478293361.271",
		1478293361123456789: "1478293361.123456789",
		1:                   "0.000000001",
		-1500e6:             "-1.5",
		math.MinInt64:       "-9223372036.854775808",
	} {
		if got, err := json.Marshal(in); err != nil || string(got) != want {
			t.Errorf("%d: got %s, %v; want %s", in, got, err, want)
		}
	}
}

func TestSecondsSurviveTheWire(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		want := seconds(rapid.Int64Range(-maxTime, maxTime).Draw(rt, "ns"))
		b, err := json.Marshal(want)
		if err != nil {
			rt.Fatal(err)
		}
		var got seconds
		if err := json.Unmarshal(b, &got); err != nil || got != want {
			rt.Fatalf("%d is %s, read as %d, %v", want, b, got, err)
		}
	})
}

func TestSecondsRoundToWholes(t *testing.T) {
	for _, tc := range []struct{ in, floor seconds }{
		{0, 0},
		{1500e6, 1e9},
		{2e9, 2e9},
		{-1500e6, -2e9},
	} {
		if got := tc.in.floor(); got != tc.floor {
			t.Errorf("floor(%d) = %d, want %d", tc.in, got, tc.floor)
		}
	}
}

func TestReportedAtTakesMilliseconds(t *testing.T) {
	for in, want := range map[string]int64{
		"1478293361.5":    1478293361500e6,
		"1478293361500":   1478293361500e6,
		"1.4782933615E12": 1478293361500e6,
	} {
		var r reportedAt
		if err := json.Unmarshal([]byte(in), &r); err != nil || int64(r.seconds) != want {
			t.Errorf("%s: got %d, %v; want %d", in, r.seconds, err, want)
		}
	}
}

func TestIntegerTruncatesAndSaturates(t *testing.T) {
	for in, want := range map[string]integer{
		"7": 7, "2.9": 2, "-2.9": -2, "1e3": 1000, "3000000000": math.MaxInt32, "-1e400": math.MinInt32, "null": 0,
	} {
		var i integer
		if err := json.Unmarshal([]byte(in), &i); err != nil || i != want {
			t.Errorf("%s: got %d, %v; want %d", in, i, err, want)
		}
	}
	for _, in := range []string{`"7"`, `true`, `[]`} {
		var i integer
		if err := json.Unmarshal([]byte(in), &i); err == nil {
			t.Errorf("%s: got %d, want an error", in, i)
		}
	}
}
