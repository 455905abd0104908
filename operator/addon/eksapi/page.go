package eksapi

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
)

// maxPage is how many results a page has at most, and when nothing is said.
const maxPage = 100

// cursor is what a nextToken holds. It is of one operation and its filters, so that it cannot be
// used with others.
type cursor struct {
	Query string `json:"q"`
	After string `json:"a"`
}

// page returns the part of the items that a request asks for, and the token of the next part.
// The items are ordered, and key gives what they are ordered by and is unique.
func page[T any](r *request, items []T, compare func(a, b string) int, key func(T) string) ([]T, string, error) {
	size, err := r.pageSize()
	if err != nil {
		return nil, "", err
	}
	token, err := r.one("nextToken")
	if err != nil {
		return nil, "", err
	}
	query := r.fingerprint()
	if token != "" {
		after, err := readCursor(token, query)
		if err != nil {
			return nil, "", err
		}
		items = slices.DeleteFunc(slices.Clone(items), func(item T) bool { return compare(key(item), after) <= 0 })
	}
	if len(items) <= size {
		return items, "", nil
	}
	data, err := json.Marshal(cursor{Query: query, After: key(items[size-1])})
	if err != nil {
		return nil, "", err
	}
	return items[:size], base64.RawURLEncoding.EncodeToString(data), nil
}

func (r *request) pageSize() (int, error) {
	text, err := r.one("maxResults")
	if err != nil || text == "" {
		return maxPage, err
	}
	size, err := strconv.Atoi(text)
	if err != nil || size < 1 || size > maxPage {
		return 0, fail(invalidParameter, "maxResults must be a number from 1 to %d.", maxPage)
	}
	return size, nil
}

// fingerprint is of the operation and everything in the query but the page.
func (r *request) fingerprint() string {
	filters := url.Values{"operation": {r.operation.name}}
	for name, values := range r.query {
		if name != "maxResults" && name != "nextToken" {
			filters["."+name] = values
		}
	}
	sum := sha256.Sum256([]byte(filters.Encode()))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

func readCursor(token, query string) (string, error) {
	data, err := base64.RawURLEncoding.DecodeString(token)
	var c cursor
	if err != nil || json.Unmarshal(data, &c) != nil || c.After == "" {
		return "", fail(invalidParameter, "The nextToken is not one of this API.")
	}
	if c.Query != query {
		return "", fail(invalidParameter, "The nextToken is of a request with other parameters.")
	}
	return c.After, nil
}
