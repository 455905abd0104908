package server_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/radiograph/radiograph/console/login"
)

// call is a request of IAM or STS; nobody signs it when who is "".
func call(who, service, action string, params ...string) func(x *target) *http.Request {
	return func(x *target) *http.Request {
		form := url.Values{"Action": {action}, "Version": {map[string]string{"iam": "2010-05-08", "sts": "2011-06-15"}[service]}}
		for i := 0; i < len(params); i += 2 {
			form.Add(params[i], params[i+1])
		}
		return x.query(who, service, form.Encode())
	}
}

// policyOf is an attack of an administrator who makes a policy.
func policyOf(document string) func(x *target) *http.Request {
	return call("admin", "iam", "CreatePolicy", "PolicyName", "p", "PolicyDocument", document)
}

// trustOf is an attack of an administrator who makes a role.
func trustOf(document string) func(x *target) *http.Request {
	return call("admin", "iam", "CreateRole", "RoleName", "r", "AssumeRolePolicyDocument", document)
}

func statement(members string) string {
	return `{"Version":"2012-10-17","Statement":[{` + members + `}]}`
}

// TestAttacksOnIdentities tries to become somebody else, or to make policies that mean
// more than they seem to.
func TestAttacksOnIdentities(t *testing.T) {
	const denied, missing, malformed, input, mismatch = "AccessDenied", "MissingAuthenticationToken", "MalformedPolicyDocument", "MalformedInput", "SignatureDoesNotMatch"
	x := newTarget(t)
	assume := func(who, role string, more ...string) func(x *target) *http.Request {
		return func(x *target) *http.Request {
			return call(who, "sts", "AssumeRole", append([]string{"RoleArn", x.role(role), "RoleSessionName", "s1"}, more...)...)(x)
		}
	}
	x.run([]attack{
		{"unsigned", call("", "iam", "CreateUser", "UserName", "eve"), 403, missing},
		{"signed for the other service", func(x *target) *http.Request {
			return x.query("admin", "sts", "Action=CreateUser&Version=2010-05-08&UserName=eve")
		}, 403, mismatch},
		{"two actions", func(x *target) *http.Request {
			return x.query("admin", "sts", "Action=GetCallerIdentity&Action=CreateUser&Version=2011-06-15&UserName=eve")
		}, 400, input},
		{"by GET", func(x *target) *http.Request {
			r := x.request("/?Action=CreateUser&Version=2010-05-08&UserName=eve", "")
			r.Method = http.MethodGet
			return x.sign(r, x.who("admin"), "iam", "us-east-1", time.Now())
		}, 400, input},
		{"a bomb of XML", func(x *target) *http.Request {
			return x.query("", "", `<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><b>&b;</b>`)
		}, 400, input},
		{"a signed bomb of XML", func(x *target) *http.Request {
			return x.query("admin", "iam", `<!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/passwd">]><b>&a</b>`)
		}, 400, "InvalidAction"},
		{"too many parameters", func(x *target) *http.Request {
			return x.query("admin", "iam", "Action=CreateUser&Version=2010-05-08&UserName=eve"+strings.Repeat("&a", 2000))
		}, 400, input},
		{"too large", func(x *target) *http.Request {
			return x.query("admin", "iam", "Action=CreateUser&Version=2010-05-08&UserName=eve&x="+strings.Repeat("a", 2<<20))
		}, 413, "RequestEntityTooLarge"},

		{"a reader makes a user", call("reader", "iam", "CreateUser", "UserName", "eve"), 403, denied},
		{"a reader gives itself more", call("reader", "iam", "AttachUserPolicy", "UserName", "reader", "PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess"), 403, denied},
		{"a reader writes itself a policy", call("reader", "iam", "PutUserPolicy", "UserName", "reader", "PolicyName", "p", "PolicyDocument", statement(`"Effect":"Allow","Action":"*","Resource":"*"`)), 403, denied},
		{"a reader makes a key of the administrator", call("reader", "iam", "CreateAccessKey", "UserName", "administrator"), 403, denied},
		{"the same in capitals", call("reader", "iam", "CreateAccessKey", "UserName", "ADMINISTRATOR"), 403, denied},
		{"a reader changes a trust policy", call("reader", "iam", "UpdateAssumeRolePolicy", "RoleName", "collector", "PolicyDocument", statement(`"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"`)), 403, denied},
		{"a session of a role makes a user", call("chained", "iam", "CreateUser", "UserName", "eve"), 403, denied},
		{"a managed policy is replaced", call("admin", "iam", "CreatePolicyVersion", "PolicyArn", "arn:aws:iam::aws:policy/AWSXrayReadOnlyAccess", "SetAsDefault", "true", "PolicyDocument", statement(`"Effect":"Allow","Action":"*","Resource":"*"`)), 403, denied},
		{"a user that is a path", call("admin", "iam", "CreateUser", "UserName", "../../../etc/passwd"), 400, "ValidationError"},
		{"a user with a wildcard", call("admin", "iam", "CreateUser", "UserName", "*"), 400, "ValidationError"},
		{"a session that is a path", call("admin", "sts", "AssumeRole", "RoleArn", x.role("external"), "RoleSessionName", "../../administrator"), 400, "ValidationError"},
		{"a provider without TLS", call("admin", "iam", "CreateOpenIDConnectProvider", "Url", "http://127.0.0.1"), 400, "ValidationError"},
		{"a provider with a password", call("admin", "iam", "CreateOpenIDConnectProvider", "Url", "https://a:b@idp.example.com"), 400, "ValidationError"},

		{"a role that trusts nobody here", assume("admin", "abroad"), 403, denied},
		{"a role of another account", call("admin", "sts", "AssumeRole", "RoleArn", "arn:aws:iam::"+foreignAccount+":role/collector", "RoleSessionName", "s1"), 403, denied},
		{"a session of another account", assume("foreign", "external", "ExternalId", "secret-handshake"), 403, "InvalidClientTokenId"},
		{"a deputy without the external id", assume("admin", "external"), 403, denied},
		{"a deputy with another external id", assume("admin", "external", "ExternalId", "SECRET-HANDSHAKE"), 403, denied},
		{"a role for tokens", assume("admin", "collector"), 403, denied},
		{"a role for a service", assume("admin", "pods"), 403, denied},
		{"a role that does not trust the user", assume("reader", "external", "ExternalId", "secret-handshake"), 403, denied},
		{"a session that has ended", assume("expired", "chained"), 403, "ExpiredToken"},
		{"a session of a role that was made anew", assume("renewed", "chained"), 403, "InvalidClientTokenId"},
		{"chained for longer than an hour", assume("chained", "chained", "DurationSeconds", "3601"), 400, "ValidationError"},
		{"a narrow session widens itself", assume("narrow", "chained"), 403, denied},
		{"a session asks for a session", call("chained", "sts", "GetSessionToken"), 403, denied},
		{"a session longer than its role allows", assume("admin", "external", "ExternalId", "secret-handshake", "DurationSeconds", "43201"), 400, "ValidationError"},
		{"a session policy that is nested", assume("admin", "external", "ExternalId", "secret-handshake", "Policy", nestedPolicy(100)), 400, malformed},
		{"a session policy that is too large", assume("admin", "external", "ExternalId", "secret-handshake", "Policy", largePolicy()), 400, "PackedPolicyTooLarge"},

		{"a nested policy", policyOf(nestedPolicy(3000)), 400, malformed},
		{"a policy nested more than may be read", policyOf(nestedPolicy(50000)), 409, "LimitExceeded"},
		{"a large policy", policyOf(largePolicy()), 409, "LimitExceeded"},
		{"a large policy of white space", policyOf(strings.Repeat(" ", 140000) + statement(`"Effect":"Allow","Action":"*","Resource":"*"`)), 400, "ValidationError"},
		{"Effect twice", policyOf(statement(`"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"`)), 400, malformed},
		{"Effect twice, in two cases", policyOf(statement(`"Effect":"Deny","effect":"Allow","Action":"*","Resource":"*"`)), 400, malformed},
		{"Statement twice", policyOf(`{"Statement":[],"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`), 400, malformed},
		{"an effect in lower case", policyOf(statement(`"Effect":"deny","Action":"*","Resource":"*"`)), 400, malformed},
		{"Action and NotAction", policyOf(statement(`"Effect":"Allow","Action":"xray:Get*","NotAction":"iam:*","Resource":"*"`)), 400, malformed},
		{"Resource and NotResource", policyOf(statement(`"Effect":"Allow","Action":"xray:Get*","Resource":"*","NotResource":"arn:aws:xray:::x"`)), 400, malformed},
		{"an operator in another case", policyOf(statement(`"Effect":"Deny","Action":"*","Resource":"*","Condition":{"stringequals":{"aws:username":"eve"}}`)), 400, malformed},
		{"an operator that is none", policyOf(statement(`"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEqual":{"aws:username":"eve"}}`)), 400, malformed},
		{"a condition twice", policyOf(statement(`"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:username":"eve"},"StringEquals":{}}`)), 400, malformed},
		{"a key of a condition twice", policyOf(statement(`"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:username":"eve","aws:username":"*"}}`)), 400, malformed},
		{"a principal in a policy of a user", policyOf(statement(`"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"`)), 400, malformed},
		{"something behind the policy", policyOf(statement(`"Effect":"Deny","Action":"*","Resource":"*"`) + statement(`"Effect":"Allow","Action":"*","Resource":"*"`)), 400, malformed},
		{"an XML bomb for a policy", policyOf(`<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`), 400, malformed},
		{"a trust policy for all but one", trustOf(statement(`"Effect":"Allow","NotPrincipal":{"AWS":"` + testAccount + `"},"Action":"sts:AssumeRole"`)), 400, malformed},
		{"a trust policy for every account", trustOf(statement(`"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::*:root"},"Action":"sts:AssumeRole"`)), 400, malformed},
		{"a trust policy for everything", trustOf(statement(`"Effect":"Allow","Principal":"*","Action":"*"`)), 400, malformed},
		{"a trust policy with NotAction", trustOf(statement(`"Effect":"Allow","Principal":"*","NotAction":"sts:TagSession"`)), 400, malformed},
		{"a trust policy for a provider with AssumeRole", trustOf(statement(`"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::` + testAccount + `:oidc-provider/a.test"},"Action":"sts:AssumeRole"`)), 400, malformed},

		{"an add-on by nobody", func(x *target) *http.Request { return x.request("/clusters/demo/addons", `{"addonName":"adot"}`) }, 403, "MissingAuthenticationTokenException"},
		{"an add-on by a reader", clusters("reader", "/clusters/demo/addons", `{"addonName":"adot"}`), 403, "AccessDeniedException"},
		{"a cluster that is a path", clusters("admin", "/clusters/..%2f..%2fdemo/addons", `{}`), 403, "InvalidSignatureException"},
		{"a path up", clusters("admin", "/clusters/demo/../other/addons", `{}`), 403, "InvalidSignatureException"},
		{"an association with a role that may not be passed", clusters("nothing", "/clusters/demo/pod-identity-associations", `{"namespace":"a","serviceAccount":"b","roleArn":"arn:aws:iam::111122223333:role/pods"}`), 403, "AccessDeniedException"},
		{"the same, the second of two", clusters("nothing", "/clusters/demo/pod-identity-associations", `{"roleArn":"","rolearn":"arn:aws:iam::111122223333:role/pods","roleArn":"x"}`), 403, "AccessDeniedException"},
		{"the same, for the X-Ray API", func(x *target) *http.Request {
			return x.signed("nothing", "/clusters/demo/pod-identity-associations", `{}`)
		}, 403, "InvalidSignatureException"},
	})
	x.noSecretsInTheLog()
}

func clusters(who, path, body string) func(x *target) *http.Request {
	return func(x *target) *http.Request {
		return x.sign(x.request(path, body), x.who(who), "eks", "us-east-1", time.Now())
	}
}

// with is a request with the console's cookie, as a browser sends it from the console.
func with(path, body string, cookies func(x *target) []*http.Cookie, headers ...string) func(x *target) *http.Request {
	return func(x *target) *http.Request {
		r := x.request(path, body)
		r.Header.Set("Origin", x.server.Endpoint())
		r.Header.Set("Content-Type", "application/json")
		for _, c := range cookies(x) {
			r.AddCookie(c)
		}
		for i := 0; i < len(headers); i += 2 {
			r.Header.Del(headers[i])
			if headers[i+1] != "" {
				r.Header.Set(headers[i], headers[i+1])
			}
		}
		return r
	}
}

// TestAttacksOnTheConsole tries to use somebody's session, or to do more than it may.
func TestAttacksOnTheConsole(t *testing.T) {
	const missing, denied = "MissingAuthenticationTokenException", "AccessDeniedException"
	x := newTarget(t)
	admin, viewer, out := x.sessionOf("admin"), x.sessionOf("viewer"), x.sessionOf("admin")
	r := with(login.SessionPath, "", func(*target) []*http.Cookie { return []*http.Cookie{out} })(x)
	r.Method = http.MethodDelete
	if resp, text := x.do(r); resp.StatusCode != http.StatusNoContent {
		t.Fatalf("log out: %d %s", resp.StatusCode, text)
	}
	has := func(c ...*http.Cookie) func(*target) []*http.Cookie { return func(*target) []*http.Cookie { return c } }
	valued := func(value string) *http.Cookie { return &http.Cookie{Name: admin.Name, Value: value} }
	logIn := func(body string, headers ...string) func(x *target) *http.Request {
		return with(login.SessionPath, body, has(), headers...)
	}
	method := func(m string, request func(x *target) *http.Request) func(x *target) *http.Request {
		return func(x *target) *http.Request {
			r := request(x)
			r.Method = m
			return r
		}
	}
	x.run([]attack{
		{"no cookie", with("/DeleteGroup", deletion, has()), 403, missing},
		{"a viewer deletes a group", with("/DeleteGroup", deletion, has(viewer)), 403, denied},
		{"a viewer changes the encryption", with("/PutEncryptionConfig", `{"Type":"NONE"}`, has(viewer)), 403, denied},
		{"from another site", with("/DeleteGroup", deletion, has(admin), "Origin", "https://evil.example"), 403, missing},
		{"from another site, the browser says so", with("/DeleteGroup", deletion, has(admin), "Sec-Fetch-Site", "cross-site"), 403, missing},
		{"from a neighbour", with("/DeleteGroup", deletion, has(admin), "Sec-Fetch-Site", "same-site"), 403, missing},
		{"from nowhere", with("/DeleteGroup", deletion, has(admin), "Origin", ""), 403, missing},
		{"from a sandbox", with("/DeleteGroup", deletion, has(admin), "Origin", "null"), 403, missing},
		{"from another port", with("/DeleteGroup", deletion, has(admin), "Origin", "http://127.0.0.1:1"), 403, missing},
		{"from a host that begins like this one", with("/DeleteGroup", deletion, has(admin), "Origin", x.server.Endpoint()+".evil.example"), 403, missing},
		{"after the logout", with("/DeleteGroup", deletion, has(out)), 403, missing},
		{"two cookies", with("/DeleteGroup", deletion, has(admin, viewer)), 403, missing},
		{"a cookie that was changed", with("/DeleteGroup", deletion, has(valued(admin.Value[:40]+"AAAA"+admin.Value[44:]))), 403, missing},
		{"a cookie that was cut", with("/DeleteGroup", deletion, has(valued(admin.Value[:len(admin.Value)-4]))), 403, missing},
		{"a session token for a cookie", with("/DeleteGroup", deletion, has(valued(strings.NewReplacer("+", "-", "/", "_").Replace(x.who("chained").SessionToken)))), 403, missing},
		{"a cookie and another's signature", func(x *target) *http.Request {
			r := x.signed("reader", "/DeleteGroup", deletion)
			r.AddCookie(admin)
			r.Header.Set("Origin", x.server.Endpoint())
			return r
		}, 403, denied},
		{"a cookie for IAM", with("/", "Action=CreateUser&Version=2010-05-08&UserName=eve", has(admin)), 403, "MissingAuthenticationToken"},
		{"a cookie for a backup", with("/radiograph/backup", "", has(admin)), 401, missing},
		{"a cookie for the EKS API", with("/clusters/demo/addons", `{}`, has(admin)), 403, missing},
		{"a cookie for spans", with("/v1/traces", `{}`, has(admin)), 401, ""},
		{"a bearer token that is wrong, for spans", with("/v1/traces", `{}`, has(), "Authorization", "Bearer "+x.who("admin").AccessKeyID+":x"), 401, ""},

		{"a login from another site", logIn(`{}`, "Origin", "https://evil.example"), 403, denied},
		{"a login by a form", logIn(`{}`, "Content-Type", "text/plain"), 415, "invalid"},
		{"a login with another secret", logIn(`{"accessKeyId":"` + x.who("admin").AccessKeyID + `","secretAccessKey":"x"}`), 401, "UnrecognizedClientException"},
		{"a login with a session's key", logIn(`{"accessKeyId":"` + x.who("chained").AccessKeyID + `","secretAccessKey":"` + x.who("chained").SecretAccessKey + `"}`), 401, "UnrecognizedClientException"},
		{"a login with a session's token in the secret", logIn(`{"accessKeyId":"` + x.who("chained").AccessKeyID + `","secretAccessKey":"` + x.who("chained").SecretAccessKey + `:` + x.who("chained").SessionToken[:100] + `"}`), 401, "UnrecognizedClientException"},
		{"a login of who may not read", logIn(`{"accessKeyId":"` + x.who("writer").AccessKeyID + `","secretAccessKey":"` + x.who("writer").SecretAccessKey + `"}`), 403, denied},
		{"a login that is too large", logIn(`{"accessKeyId":"` + strings.Repeat("a", 5000) + `"}`), 400, "invalid"},
		{"a login with more members", logIn(`{"accessKeyId":"a","secretAccessKey":"b","role":"admin"}`), 400, "invalid"},
		{"a logout from another site", method(http.MethodDelete, with(login.SessionPath, "", has(admin), "Origin", "https://evil.example")), 403, denied},
		{"a callback without a provider", method(http.MethodGet, with(login.CallbackPath+"?code=x&state=y", "", has())), 404, "not-found"},
	})
	if resp, _ := x.do(with("/Groups", "{}", has(admin))(x)); resp.StatusCode != http.StatusOK {
		t.Errorf("the session itself: %d", resp.StatusCode)
	}
	x.noSecretsInTheLog()
	if strings.Contains(x.log.String(), admin.Value) {
		t.Error("the log has a cookie")
	}
}

// TestWhatBrowsersAreTold is about the headers and cookies that keep other sites away.
func TestWhatBrowsersAreTold(t *testing.T) {
	open, _ := start(t, local(t), io.Discard)
	x := newTarget(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, open.Endpoint(), http.NoBody)
	x.must(err)
	resp, _ := x.do(r)
	if policy := resp.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("the console may be framed: %q", policy)
	}
	first, second := x.sessionOf("admin"), x.sessionOf("admin")
	if !first.HttpOnly || first.SameSite != http.SameSiteLaxMode || first.Path != "/" || first.Domain != "" || first.Value == second.Value {
		t.Errorf("the cookie is %+v", first)
	}
	r = with("/Groups", "{}", func(*target) []*http.Cookie { return nil }, "X-Forwarded-Proto", "https")(x)
	r.URL.Path = login.SessionPath
	r.Method = http.MethodDelete
	resp, _ = x.do(r)
	if c := resp.Cookies(); len(c) != 1 || !c[0].Secure || !strings.HasPrefix(c[0].Name, "__Host-") {
		t.Errorf("over TLS the cookie is %+v", c)
	}
}
