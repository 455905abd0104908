package version

import (
	"runtime/debug"
	"testing"
)

func TestString(t *testing.T) {
	if got := String(); got == "" {
		t.Error("a test binary has no version")
	}
	defer func(v string) { Version = v }(Version)
	Version = "v1.2.3"
	if got := String(); got != "v1.2.3" {
		t.Errorf("String() = %q, want the stamped version", got)
	}
}

func TestFromBuild(t *testing.T) {
	setting := func(key, value string) debug.BuildSetting { return debug.BuildSetting{Key: key, Value: value} }
	for _, tc := range []struct {
		name string
		info debug.BuildInfo
		want string
	}{
		{"nothing known", debug.BuildInfo{}, "unknown"},
		{"installed by version", debug.BuildInfo{Main: debug.Module{Version: "v0.3.0"}}, "v0.3.0"},
		{
			"built in a checkout",
			debug.BuildInfo{
				Main:     debug.Module{Version: "(devel)"},
				Settings: []debug.BuildSetting{setting("vcs.revision", "0123456789abcdef0123456789abcdef01234567")},
			},
			"0123456789ab",
		},
		{
			"built in a changed checkout",
			debug.BuildInfo{Settings: []debug.BuildSetting{setting("vcs.revision", "0123456789abcdef"), setting("vcs.modified", "true")}},
			"0123456789ab-dirty",
		},
		{"short revision", debug.BuildInfo{Settings: []debug.BuildSetting{setting("vcs.revision", "abc")}}, "abc"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := fromBuild(&tc.info); got != tc.want {
				t.Errorf("fromBuild() = %q, want %q", got, tc.want)
			}
		})
	}
}
