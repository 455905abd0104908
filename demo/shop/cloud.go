package shop

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
)

// maxObjects bounds what the object storage keeps; it forgets everything beyond.
const maxObjects = 1000

// objects speaks as much of S3 as the shop needs: PUT and GET of small objects in
// path style.
type objects struct {
	mu   sync.Mutex // guards body
	body map[string][]byte
}

func newObjects() *objects { return &objects{body: map[string][]byte{}} }

// ServeHTTP answers one request.
func (o *objects) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Amz-Request-Id", randomID(16))
	w.Header().Set("X-Amz-Id-2", randomID(32))
	delay(3, 8)
	switch r.Method {
	case http.MethodPut:
		b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil {
			objectError(w, http.StatusBadRequest, "EntityTooLarge", r.URL.Path)
			return
		}
		o.mu.Lock()
		if len(o.body) >= maxObjects {
			clear(o.body)
		}
		o.body[r.URL.Path] = b
		o.mu.Unlock()
		w.Header().Set("Etag", `"`+randomID(32)+`"`)
	case http.MethodGet:
		o.mu.Lock()
		b, ok := o.body[r.URL.Path]
		o.mu.Unlock()
		if !ok && !strings.HasPrefix(r.URL.Path, "/"+imageBucket+"/") {
			objectError(w, http.StatusNotFound, "NoSuchKey", r.URL.Path)
			return
		}
		_, _ = w.Write(append(b, "image"...)) // the client has gone when this fails
	default:
		objectError(w, http.StatusMethodNotAllowed, "MethodNotAllowed", r.URL.Path)
	}
}

func objectError(w http.ResponseWriter, status int, code, resource string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_ = xml.NewEncoder(w).Encode(struct { // the client has gone when this fails
		XMLName        xml.Name `xml:"Error"`
		Code, Resource string
	}{Code: code, Resource: resource})
}

// tables speaks as much of DynamoDB as the shop needs: GetItem and PutItem of the
// table of products.
type tables struct {
	mu    sync.Mutex // guards items
	items map[string]json.RawMessage
}

func newTables() *tables {
	t := &tables{items: map[string]json.RawMessage{}}
	for n := range productCount {
		id := productID(n)
		t.items[id] = json.RawMessage(fmt.Sprintf(`{"id":{"S":%q},"title":{"S":"Product %d"},"price":{"N":"%d.90"}}`, id, n, 5+n))
	}
	return t
}

// ServeHTTP answers one request.
func (t *tables) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct {
		TableName string
		Key       struct{ ID struct{ S string } }
		Item      json.RawMessage
	}
	w.Header().Set("X-Amzn-Requestid", randomID(32))
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	delay(1, 4)
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&in); err != nil || in.TableName != productTable {
		tableError(w, "ResourceNotFoundException", "no such table")
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "DynamoDB_20120810.") {
	case "GetItem":
		item, ok := t.items[in.Key.ID.S]
		if !ok {
			_, _ = io.WriteString(w, "{}") // the client has gone when this fails
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]json.RawMessage{"Item": item}) // as above
	case "PutItem":
		var key struct{ ID struct{ S string } }
		if err := json.Unmarshal(in.Item, &key); err != nil || t.items[key.ID.S] == nil {
			tableError(w, "ValidationException", "only items that exist can be replaced")
			return
		}
		t.items[key.ID.S] = in.Item
		_, _ = io.WriteString(w, "{}") // as above
	default:
		tableError(w, "UnknownOperationException", "no such operation")
	}
}

func tableError(w http.ResponseWriter, code, message string) {
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": "com.amazonaws.dynamodb.v20120810#" + code, "message": message}) // the client has gone when this fails
}

// bank authorises charges. It is not instrumented, as the systems of others are.
// One charge in 25 times out and one in 25 is refused for being one too many, in
// turns: by chance it could take a minute until both are on the map.
func bank() http.Handler {
	mux := http.NewServeMux()
	var charges atomic.Int64
	mux.HandleFunc("POST /v2/authorizations", func(w http.ResponseWriter, _ *http.Request) {
		delay(15, 60)
		switch charges.Add(1) % 25 {
		case 4:
			http.Error(w, "upstream timed out", http.StatusGatewayTimeout)
		case 9:
			http.Error(w, "slow down", http.StatusTooManyRequests)
		default:
			_, _ = io.WriteString(w, `{"authorized":true}`) // the client has gone when this fails
		}
	})
	return mux
}
