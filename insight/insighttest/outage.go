// Package insighttest has traffic with an outage in it, for the tests of those who
// tell of insights.
package insighttest

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/traceid"
)

// Outage is two hours of a shop: clients ask web, which asks pay and mail. For some
// minutes before the end most calls of pay fail, and with them the requests of web.
type Outage struct {
	End time.Time // of the last minute; whole minutes

	// Began and Ended are minutes before End.
	Began, Ended int
}

// Minutes is how long the traffic is.
const Minutes = 120

const perMinute = 12

// Batches returns the documents as they were received, a batch for each minute,
// oldest first.
func (o Outage) Batches() []store.Batch {
	r := rand.New(rand.NewPCG(1, 2))
	batches := make([]store.Batch, 0, Minutes)
	for before := Minutes; before > 0; before-- {
		minute := o.End.Add(-time.Duration(before) * time.Minute)
		b := store.Batch{Received: minute.Add(50 * time.Second).UnixNano()}
		for k := range perMinute {
			failed := before <= o.Began && before > o.Ended && r.Float64() < 0.8
			b.Documents = append(b.Documents, request(minute.Add(time.Duration(k)*4*time.Second), uint64(before*perMinute+k), failed)...)
		}
		batches = append(batches, b)
	}
	return batches
}

// request returns the documents of a trace.
func request(start time.Time, n uint64, failed bool) []store.Document {
	id := traceid.ID{}
	binary.BigEndian.PutUint32(id[:], uint32(start.Unix()))
	binary.BigEndian.PutUint64(id[8:], n)
	s := float64(start.UnixMilli()) / 1000
	web, pay := `"http":{"response":{"status":200}}`, `"http":{"response":{"status":200}}`
	if failed {
		web = `"fault":true,"http":{"response":{"status":500}}`
		pay = `"fault":true,"http":{"response":{"status":503}}`
	}
	texts := []string{
		fmt.Sprintf(`{"trace_id":%q,"id":"%016x","name":"web","origin":"AWS::EC2::Instance","start_time":%.3f,"end_time":%.3f,%s,"subsegments":[
			{"id":"%016x","name":"pay","namespace":"remote","start_time":%.3f,"end_time":%.3f,%s},
			{"id":"%016x","name":"mail","namespace":"remote","start_time":%.3f,"end_time":%.3f,"http":{"response":{"status":200}}}]}`,
			id, 4*n+1, s, s+0.2, web, 4*n+2, s+0.01, s+0.1, pay, 4*n+3, s+0.11, s+0.15),
		fmt.Sprintf(`{"trace_id":%q,"id":"%016x","parent_id":"%016x","name":"pay","origin":"AWS::Lambda::Function","start_time":%.3f,"end_time":%.3f,%s}`,
			id, 4*n+4, 4*n+2, s+0.02, s+0.09, pay),
	}
	docs := make([]store.Document, len(texts))
	for i, text := range texts {
		docs[i] = store.Document{TraceID: id, Raw: []byte(text)}
	}
	return docs
}
