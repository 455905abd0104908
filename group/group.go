package group

// DefaultName is the group that every trace belongs to. It has no filter and
// cannot be deleted.
const DefaultName = "Default"

// maxNameLength is X-Ray's.
const maxNameLength = 32

// Group is one group.
type Group struct {
	Name     string   `json:"name"`
	ID       string   `json:"id"` // 52 characters of base32, new when a group is created again; "" for Default
	Filter   string   `json:"filter"`
	Version  int      `json:"version"` // of Filter, from 1
	Insights Insights `json:"insights"`
}

// Insights says whether insights are computed and notified for a group.
type Insights struct {
	Enabled       bool `json:"enabled"`
	Notifications bool `json:"notifications"`
}

// validName reports whether name has 1 to 32 ASCII letters, digits and hyphens.
func validName(name string) bool {
	if name == "" || len(name) > maxNameLength {
		return false
	}
	for _, c := range []byte(name) {
		switch {
		case c == '-', '0' <= c && c <= '9', 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z':
		default:
			return false
		}
	}
	return true
}
