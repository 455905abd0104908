package main

import (
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/radiograph/radiograph/operator/otelconfig"
)

func TestReadProfile(t *testing.T) {
	for _, tc := range []struct {
		name, spec string
		want       clusterProfile
		err        string
	}{
		{"none", "{}", clusterProfile{minVersion: "VersionTLS12", suites: intermediate}, ""},
		{"intermediate", "{tlsSecurityProfile: {type: Intermediate, intermediate: {}}}", clusterProfile{minVersion: "VersionTLS12", suites: intermediate}, ""},
		{"old", "{tlsSecurityProfile: {type: Old}}", clusterProfile{minVersion: "VersionTLS12", suites: intermediate, weaker: true}, ""},
		{"modern", "{tlsSecurityProfile: {type: Modern}}", clusterProfile{minVersion: "VersionTLS13"}, ""},
		{
			"custom",
			"{tlsSecurityProfile: {type: Custom, custom: {minTLSVersion: VersionTLS11, ciphers: [DHE-RSA-AES128-GCM-SHA256, ECDHE-RSA-AES128-GCM-SHA256, ECDHE-RSA-AES128-GCM-SHA256]}}}",
			clusterProfile{minVersion: "VersionTLS12", suites: []string{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"}, weaker: true},
			"",
		},
		{"custom of 1.3", "{tlsSecurityProfile: {type: Custom, custom: {minTLSVersion: VersionTLS13, ciphers: [TLS_AES_128_GCM_SHA256]}}}", clusterProfile{minVersion: "VersionTLS13"}, ""},
		{"no suite that is safe", "{tlsSecurityProfile: {type: Custom, custom: {minTLSVersion: VersionTLS12, ciphers: [DES-CBC3-SHA]}}}", clusterProfile{}, "DES-CBC3-SHA"},
		{"no version", "{tlsSecurityProfile: {type: Custom, custom: {ciphers: [ECDHE-RSA-AES128-GCM-SHA256]}}}", clusterProfile{}, "unknown version"},
		{"another type", "{tlsSecurityProfile: {type: Future}}", clusterProfile{}, `"Future"`},
		{"no profile at all", "{tlsSecurityProfile: 3}", clusterProfile{}, "tlsSecurityProfile"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := readProfile(apiServer(t, tc.spec))
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Errorf("the error is %v, want one with %s", err, tc.err)
				}
				return
			}
			if err != nil || !got.equal(tc.want) {
				t.Errorf("readProfile() = %+v, %v; want %+v", got, err, tc.want)
			}
		})
	}
}

func apiServer(t *testing.T, spec string) map[string]any {
	t.Helper()
	var object map[string]any
	if err := yaml.Unmarshal([]byte("spec: "+spec), &object); err != nil {
		t.Fatal(err)
	}
	return object
}

// TestProfilesAreSpoken: the options take every suite that a profile may name.
func TestProfilesAreSpoken(t *testing.T) {
	o := &options{tlsMinVersion: "VersionTLS12", tlsCipherSuites: intermediate}
	for _, name := range openSSL {
		o.tlsCipherSuites = append(slices.Clone(o.tlsCipherSuites), name)
	}
	if _, err := o.tls(); err != nil {
		t.Error(err)
	}
}

// FuzzReadProfile reads any APIServer: there is a profile that can be spoken, or an error.
func FuzzReadProfile(f *testing.F) {
	f.Add("tlsSecurityProfile: {type: Custom, custom: {minTLSVersion: VersionTLS12, ciphers: [ECDHE-RSA-AES128-GCM-SHA256]}}")
	f.Fuzz(func(t *testing.T, spec string) {
		var object any
		if yaml.Unmarshal([]byte(spec), &object) != nil {
			return
		}
		p, err := readProfile(map[string]any{"spec": object})
		if err != nil {
			return
		}
		if _, err := (&options{tlsMinVersion: p.minVersion, tlsCipherSuites: p.suites}).tls(); err != nil {
			t.Error(err)
		}
	})
}

func TestOperandTLS(t *testing.T) {
	o := &options{tlsMinVersion: "VersionTLS12", tlsCipherSuites: []string{"A"}}
	if got := o.operandTLS(); got.MinVersion != "" || got.CipherSuites != nil {
		t.Errorf("unasked it is %+v", got)
	}
	o.tlsOperands = true
	for version, want := range map[string]otelconfig.TLSProfile{
		"VersionTLS12": {MinVersion: "1.2", CipherSuites: []string{"A"}},
		"VersionTLS13": {MinVersion: "1.3"},
	} {
		o.tlsMinVersion = version
		if got := o.operandTLS(); got.MinVersion != want.MinVersion || !slices.Equal(got.CipherSuites, want.CipherSuites) {
			t.Errorf("with %s it is %+v, want %+v", version, got, want)
		}
	}
}
