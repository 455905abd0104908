package catalog

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// ordinal is what a name of a version is ordered by.
type ordinal struct {
	numbers [3]uint64
	// pre is a pre-release other than eksbuild, which is older than the release.
	pre   string
	build uint64
}

var versionPattern = regexp.MustCompile(`^v(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(?:-([0-9A-Za-z][0-9A-Za-z.-]{0,63}))?$`)

// parseVersion reads a name such as v0.45.0-eksbuild.1.
func parseVersion(text string) (ordinal, error) {
	var o ordinal
	match := versionPattern.FindStringSubmatch(text)
	if match == nil {
		return o, fmt.Errorf("version %q is not like v1.2.3-eksbuild.1", text)
	}
	for i := range o.numbers {
		o.numbers[i], _ = strconv.ParseUint(match[i+1], 10, 64) // nine digits fit
	}
	o.pre = match[4]
	if number, ok := strings.CutPrefix(match[4], "eksbuild."); ok {
		build, err := strconv.ParseUint(number, 10, 32)
		if err != nil {
			return o, fmt.Errorf("version %q: %q is no number of a build", text, number)
		}
		o.pre, o.build = "", build
	}
	return o, nil
}

// Compare orders names of versions, the older before the newer: by the three numbers, then by
// the number of the build. A pre-release is older than the release. Names that are no versions
// come first.
func Compare(a, b string) int {
	x, errX := parseVersion(a)
	y, errY := parseVersion(b)
	if errX != nil || errY != nil {
		return cmp.Or(boolCompare(errX == nil, errY == nil), strings.Compare(a, b))
	}
	for i := range x.numbers {
		if c := cmp.Compare(x.numbers[i], y.numbers[i]); c != 0 {
			return c
		}
	}
	if c := boolCompare(x.pre == "", y.pre == ""); c != 0 {
		return c
	}
	return cmp.Or(strings.Compare(x.pre, y.pre), cmp.Compare(x.build, y.build))
}

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

// clusterVersion is a Kubernetes version as major and minor.
type clusterVersion struct{ major, minor int }

var clusterPattern = regexp.MustCompile(`^(\d{1,3})\.(\d{1,4})$`)

func parseCluster(text string) (clusterVersion, error) {
	match := clusterPattern.FindStringSubmatch(text)
	if match == nil {
		return clusterVersion{}, fmt.Errorf("clusterVersion %q is not like 1.34", text)
	}
	major, _ := strconv.Atoi(match[1]) // the pattern has digits alone
	minor, _ := strconv.Atoi(match[2])
	return clusterVersion{major, minor}, nil
}

// String is "major.minor".
func (v clusterVersion) String() string { return fmt.Sprintf("%d.%d", v.major, v.minor) }

// parseClusters reads a version, or a range such as "1.26-1.31", into the versions of it.
func parseClusters(text string) ([]clusterVersion, error) {
	from, to, isRange := strings.Cut(text, "-")
	first, err := parseCluster(from)
	if err != nil {
		return nil, err
	}
	if !isRange {
		return []clusterVersion{first}, nil
	}
	last, err := parseCluster(to)
	if err != nil {
		return nil, err
	}
	if first.major != last.major || last.minor < first.minor || last.minor-first.minor > 200 {
		return nil, fmt.Errorf("clusterVersion %q is no range", text)
	}
	var out []clusterVersion
	for minor := first.minor; minor <= last.minor; minor++ {
		out = append(out, clusterVersion{first.major, minor})
	}
	return out, nil
}

// compareClusters orders Kubernetes versions, the older first.
func compareClusters(a, b clusterVersion) int {
	return cmp.Or(cmp.Compare(a.major, b.major), cmp.Compare(a.minor, b.minor))
}

// CompareClusters orders Kubernetes versions such as "1.34", the older first. What is no version
// comes before all.
func CompareClusters(a, b string) int {
	x, errX := parseCluster(a)
	y, errY := parseCluster(b)
	if errX != nil || errY != nil {
		return cmp.Or(boolCompare(errX == nil, errY == nil), strings.Compare(a, b))
	}
	return compareClusters(x, y)
}
