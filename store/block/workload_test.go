package block

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"

	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/traceid"
)

// workload makes typical traces, deterministically: 5 segment documents of 5
// services with 13 subsegments, 18 spans in all.
type workload struct {
	rand     *rand.Rand
	received int64
	n        int
	chains   int // how many chains of services there are; 0 is one
}

// workloadEpoch is a whole minute.
const workloadEpoch = int64(1_772_366_400_000_000_000)

func newWorkload(seed uint64) *workload {
	return &workload{rand: rand.New(rand.NewPCG(seed, 1)), received: workloadEpoch}
}

var workloadServices = []struct{ name, origin, call, rest string }{
	{"storefront", "AWS::EC2::Instance", "checkout", `"namespace":"remote","http":{"request":{"method":"POST","url":"http://checkout.shop.internal/api/v1/orders"},"response":{"status":200,"content_length":512}}`},
	{"checkout", "AWS::ECS::Container", "payments", `"namespace":"remote","http":{"request":{"method":"POST","url":"http://payments.shop.internal/charge"},"response":{"status":200,"content_length":211}}`},
	{"payments", "AWS::ECS::Container", "inventory", `"namespace":"remote","http":{"request":{"method":"PUT","url":"http://inventory.shop.internal/reserve"},"response":{"status":200,"content_length":98}}`},
	{"inventory", "AWS::EKS::Container", "shipping", `"namespace":"remote","http":{"request":{"method":"POST","url":"http://shipping.shop.internal/quote"},"response":{"status":200,"content_length":77}}`},
	{"shipping", "AWS::Lambda::Function", "DynamoDB", `"namespace":"aws","aws":{"operation":"PutItem","region":"eu-central-1","table_name":"shipments","request_id":"%s"},"http":{"response":{"status":200}}`},
}

func (w *workload) entity() string {
	return hex.EncodeToString(binary.BigEndian.AppendUint64(nil, w.rand.Uint64()))
}

func seconds(us int64) string { return fmt.Sprintf("%d.%06d", us/1e6, us%1e6) }

// trace returns the documents of one trace.
func (w *workload) trace() (traceid.ID, [][]byte) {
	w.n++
	start := w.received/1000 - 900_000 + w.rand.Int64N(1000)
	id, err := traceid.Parse(fmt.Sprintf("1-%08x-%016x%08x", start/1e6, w.rand.Uint64(), w.rand.Uint32()))
	if err != nil {
		panic(err)
	}
	docs := make([][]byte, 0, len(workloadServices))
	parent, duration := "", 400_000+w.rand.Int64N(400_000)
	for i := range workloadServices {
		call := w.entity()
		doc := w.document(id, i, start, duration, parent, call)
		docs = append(docs, []byte(doc))
		parent, start, duration = call, start+duration/10+w.rand.Int64N(900), duration*8/10-w.rand.Int64N(900)
	}
	return id, docs
}

func (w *workload) document(id traceid.ID, i int, start, duration int64, parent, call string) string {
	svc := workloadServices[i]
	status := 200
	if w.rand.IntN(50) == 0 {
		status = 500
	}
	if w.chains > 1 {
		svc.name = fmt.Sprintf("%s-%d", svc.name, w.n%w.chains)
	}
	head := fmt.Sprintf(`{"trace_id":%q,"id":%q,"name":%q,"start_time":%s,"end_time":%s,"origin":%q,`,
		id, w.entity(), svc.name, seconds(start), seconds(start+duration), svc.origin)
	if parent != "" {
		head += fmt.Sprintf(`"parent_id":%q,`, parent)
	}
	rest := svc.rest
	if i == 4 {
		rest = fmt.Sprintf(rest, w.entity()+w.entity())
	}
	head += fmt.Sprintf(`"http":{"request":{"method":"GET","url":"http://%s.shop.internal/api/v1/items/%d","user_agent":"Mozilla/5.0 (X11; Linux x86_64)","client_ip":"10.1.%d.%d"},"response":{"status":%d,"content_length":%d}},`,
		svc.name, w.rand.IntN(200), w.rand.IntN(4), w.rand.IntN(250), status, w.rand.IntN(5000))
	head += fmt.Sprintf(`"annotations":{"tenant":"tenant-%d","release":"2026.03.%d"},"aws":{"xray":{"sdk":"X-Ray for Go","sdk_version":"1.8.5"}},`,
		w.rand.IntN(40), i)
	subs := fmt.Sprintf(`{"id":%q,"name":%q,"start_time":%s,"end_time":%s,%s}`, call, svc.call, seconds(start+duration/10), seconds(start+duration*9/10), rest)
	subs += fmt.Sprintf(`,{"id":%q,"name":"authorize","start_time":%s,"end_time":%s}`, w.entity(), seconds(start+w.rand.Int64N(900)), seconds(start+duration/20+w.rand.Int64N(900)))
	if i < 3 {
		subs += fmt.Sprintf(`,{"id":%q,"name":"render","start_time":%s,"end_time":%s,"metadata":{"app":{"items":%d,"cached":true}}}`,
			w.entity(), seconds(start+duration*9/10), seconds(start+duration), w.rand.IntN(100))
	}
	return head + `"subsegments":[` + subs + `]}`
}

const workloadSpans = 18

// batch returns the documents of n traces, a millisecond after the batch before.
func (w *workload) batch(n int) store.Batch {
	w.received += 1e6
	b := store.Batch{Received: w.received}
	for range n {
		id, docs := w.trace()
		for _, d := range docs {
			b.Documents = append(b.Documents, store.Document{TraceID: id, Raw: d})
		}
	}
	return b
}
