package archtest

import "strings"

// module is the path of the root module.
const module = "github.com/radiograph/radiograph"

// rule forbids some packages to depend on others. Paths are relative to the
// module, except those of the standard library and of other modules. A path stands
// for itself and everything below it.
type rule struct {
	from   []string
	to     []string
	except []string // paths in from to which the rule does not apply
	spare  []string // paths in to that are allowed
	direct bool     // only imports count, not what they import in turn
	why    string
}

// domain is what radiograph means, apart from how it is stored and served.
var domain = []string{
	"traceid", "segment", "trace", "servicegraph", "filter", "sampling", "group", "insight", "problem", "otlp",
}

// dataModel is what the collector's modules have of OTLP itself: messages in
// memory and on the wire, and what these need.
var dataModel = []string{
	"go.opentelemetry.io/collector/pdata/pcommon",
	"go.opentelemetry.io/collector/pdata/ptrace",
	"go.opentelemetry.io/collector/pdata/internal",
	"go.opentelemetry.io/collector/featuregate",
}

// apis are the packages that speak to the outside.
var apis = []string{"relay", "xrayapi", "otlpapi", "console"}

var rules = []rule{
	{
		from: domain, to: []string{"net/http"},
		why: "the domain is the same whether a document came by HTTP, by UDP or from a file",
	},
	{
		from: domain, to: []string{"log/slog", "log"}, except: []string{"otlp"},
		why: "the domain returns what happened; whoever asked decides what to log",
	},
	{
		from: domain, to: []string{"database/sql", "go.etcd.io/bbolt"}, except: []string{"otlp"},
		why: "the domain is kept by store, and does not know how",
	},
	{
		from: []string{"otlp"}, to: []string{"log/slog", "log", "database/sql", "go.etcd.io/bbolt"}, direct: true,
		why: "otlp is of the domain; only the data model that it reads may know what it likes",
	},
	{
		from: domain, to: []string{"os", "io/ioutil"}, direct: true,
		why: "the domain does no I/O; its results depend on its arguments alone",
	},
	{
		from: []string{"traceid", "problem"}, to: []string{module},
		why: "these are the ground that everything else stands on",
	},
	{
		from: []string{"segment"}, to: []string{"trace", "filter", "servicegraph", "sampling", "group", "insight", "otlp", "store", "ingest"},
		why: "a document is judged on its own, before there is a trace",
	},
	{
		from: []string{"trace"}, to: []string{"filter", "servicegraph", "sampling", "group", "insight", "otlp", "store", "ingest"},
		why: "a trace is a function of its segments; questions come later",
	},
	{
		from: []string{"otlp"}, to: []string{"trace", "filter", "servicegraph", "sampling", "group", "insight", "store", "ingest"},
		why: "a span is translated on its own or with its batch, before there is a trace",
	},
	{
		from: append([]string{"store", "ingest"}, domain...), to: append([]string{"server", "cmd", "config"}, apis...),
		why: "dependencies point from the wire to the store to the domain, never back",
	},
	{
		from: []string{"store"}, to: []string{"net/http", "ingest", "sampling"},
		why: "a store keeps and finds; it neither serves nor admits",
	},
	{
		from: []string{"ingest"}, to: []string{"net/http", "store/block", "store/clickhouse"},
		why: "admission works on any store and for any protocol",
	},
	{
		from: []string{"iam/policy"}, to: []string{"net/http", "log/slog", "log", "auth", "store", "config", "server"},
		why: "a decision depends on the documents and the request alone",
	},
	{
		from: []string{"auth"}, to: append([]string{"store", "ingest", "config", "server", "log/slog"}, apis...), direct: true,
		why: "auth stands before every service, knows none of them, and leaves the log to who was asked",
	},
	{
		from: []string{"iam"}, to: append([]string{"store", "ingest", "config", "server"}, apis...),
		why: "identity has no region and no traces, and is the same for every service",
	},
	{
		from: apis, to: []string{"store/block", "store/clickhouse", "server", "cmd", "config"},
		why: "an API works on any store; server chooses and wires",
	},
	{
		from: []string{"."}, to: []string{"server"}, except: []string{"cmd", "server", "test"}, direct: true,
		why: "server knows all parts, and no part knows server",
	},
	{
		from: []string{"."}, to: []string{"cmd"}, except: []string{"cmd"},
		why: "a command is the end of the line",
	},
	{
		from: []string{"."}, to: []string{"demo/shop", "github.com/aws/aws-xray-sdk-go"}, except: []string{"cmd/radiograph-shop", "demo/shop", "test"},
		why: "the X-Ray SDK acts on its environment before main begins: the shop has a program of its own",
	},
	{
		from: []string{"."}, to: []string{"testing"}, except: []string{"test"}, direct: true,
		why: "code that ships does not carry the test framework",
	},
	{
		from: []string{"."}, to: []string{"k8s.io", "sigs.k8s.io", "helm.sh", "go.opentelemetry.io/collector"},
		spare: dataModel,
		why:   "the service depends neither on Kubernetes nor on the collector framework, only on its data model",
	},
	{
		from: []string{"."}, to: []string{"collector", "operator", "deploy", "test/cluster", "examples"},
		why: "the modules beside the service's are built on it, or on nothing of it, never under it",
	},
}

// service is what only the service itself is made of.
var service = append([]string{"server", "config", "store", "ingest", "cmd", "demo"}, apis...)

// moduleRules are those of the other modules of the repository, from being the directories of
// theirs. Only imports count.
var moduleRules = []rule{
	{
		from: []string{"operator", "collector"}, to: service, direct: true,
		why: "operator and collector reach the service by its APIs, and know nothing of its store",
	},
	{
		from: []string{"operator"}, to: []string{"collector"}, direct: true,
		why: "the operator runs a collector, of any version, and never contains one",
	},
	{
		from: []string{"collector"}, to: []string{"operator", "deploy", "k8s.io", "sigs.k8s.io"}, direct: true,
		why: "a collector runs without Kubernetes",
	},
	{
		from: []string{"deploy", "test/cluster", "examples/sampleapp"}, to: []string{"."}, direct: true,
		spare: []string{"deploy", "test/cluster", "examples/sampleapp"},
		why:   "charts, test cluster and sample application hold for any build of the programs",
	},
}

// forTests says whether a package exists for tests alone, by the convention of
// httptest: its name ends in "test". The rules do not apply to it, and nothing that
// ships may depend on it.
func forTests(path string) bool {
	return below(path, ".") && strings.HasSuffix(path, "test")
}

// relative returns the path of a package inside the module: "." for its root, the
// path itself for packages of others.
func relative(path string) string {
	if path == module {
		return "."
	}
	return strings.TrimPrefix(path, module+"/")
}

// below says whether path is root or lies below it. Everything of the module lies
// below ".".
func below(path, root string) bool {
	if root == "." || root == module {
		return path == module || strings.HasPrefix(path, module+"/")
	}
	path = relative(path)
	return path == root || strings.HasPrefix(path, root+"/")
}

func belowAny(path string, roots []string) bool {
	for _, root := range roots {
		if below(path, root) {
			return true
		}
	}
	return false
}
