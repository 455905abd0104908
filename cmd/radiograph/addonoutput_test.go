package main

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"
	"github.com/google/go-cmp/cmp"
)

func TestMinors(t *testing.T) {
	for want, versions := range map[string][]string{
		"":                     nil,
		"1.35":                 {"1.35"},
		"1.19–1.22, 1.25–1.26": {"1.26", "1.25", "1.22", "1.21", "1.20", "1.19"},
		"1.34, 2.0":            {"1.34", "2.0"},
		"1.9–1.10":             {"1.10", "1.9", "1.9"},
	} {
		if got := minors(versions); got != want {
			t.Errorf("%q are written %q, want %q", versions, got, want)
		}
	}
}

func TestWire(t *testing.T) {
	at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	got := wire(&types.Addon{
		AddonName: aws.String("adot"), CreatedAt: &at, ConfigurationValues: aws.String(""), Tags: map[string]string{"Team": "a"},
		Health: &types.AddonHealth{Issues: []types.AddonIssue{}},
	}, asOnTheWire)
	want := map[string]any{
		"addonName": "adot", "createdAt": at, "configurationValues": "", "tags": map[string]string{"Team": "a"},
		"health": map[string]any{"issues": []any{}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := wire([]types.Compatibility{}, asOnTheWire); !cmp.Equal(got, []any{}) {
		t.Errorf("an empty list is %#v", got)
	}
}
