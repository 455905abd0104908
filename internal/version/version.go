package version

import (
	"runtime/debug"
)

// Version is set by the linker:
//
//	-ldflags "-X github.com/radiograph/radiograph/internal/version.Version=v1.2.3"
var Version string

// unknown is said of a binary that carries no information at all.
const unknown = "unknown"

// String returns the version of this binary, never an empty string.
func String() string {
	if Version != "" {
		return Version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return unknown
	}
	return fromBuild(info)
}

// fromBuild returns the version of the main module, or the commit it was built
// from, shortened, with "-dirty" when files had been changed.
func fromBuild(info *debug.BuildInfo) string {
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	revision, dirty := "", false
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value
		case "vcs.modified":
			dirty = s.Value == "true"
		}
	}
	if revision == "" {
		return unknown
	}
	revision = revision[:min(len(revision), 12)]
	if dirty {
		revision += "-dirty"
	}
	return revision
}
