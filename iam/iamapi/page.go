package iamapi

import (
	"encoding/base64"
	"slices"

	"github.com/radiograph/radiograph/iam"
)

// paging is the part of an answer that says whether there is more.
type paging struct {
	IsTruncated bool
	Marker      string `xml:",omitempty"`
}

// page returns the part of a list that a request asks for. The list is sorted by key,
// so that a page goes on behind the last entry of the one before even when entries
// came or went meanwhile.
func page[T any](p *params, all []T, key func(T) string) ([]T, paging, error) {
	most := p.number("MaxItems", 1, 1000, 100)
	after, err := base64.RawURLEncoding.DecodeString(p.values["Marker"])
	if err := p.err(); err != nil {
		return nil, paging{}, err
	}
	if err != nil {
		return nil, paging{}, iam.Errorf(iam.InvalidInput, "The marker is invalid")
	}
	if len(after) > 0 {
		i, found := slices.BinarySearchFunc(all, string(after), func(item T, k string) int {
			switch c := key(item); {
			case c < k:
				return -1
			case c > k:
				return 1
			}
			return 0
		})
		if found {
			i++
		}
		all = all[i:]
	}
	if len(all) <= most {
		return all, paging{}, nil
	}
	all = all[:most]
	return all, paging{true, base64.RawURLEncoding.EncodeToString([]byte(key(all[most-1])))}, nil
}
