package config

import "strings"

// suggest returns ": did you mean …?" for a name close to a key or section, or "".
func suggest(keys []Key, name string) string {
	best, distance := "", len(name)/3+2
	consider := func(candidate string) {
		if d := editDistance(name, candidate); d < distance {
			best, distance = candidate, d
		}
	}
	for _, k := range keys {
		consider(k.Path)
		section, last, nested := strings.Cut(k.Path, ".")
		if !nested {
			continue
		}
		consider(section)
		if last == name || last == name[strings.LastIndex(name, ".")+1:] {
			best, distance = k.Path, 0
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// editDistance is the number of insertions, deletions and replacements of bytes
// that turn a into b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
