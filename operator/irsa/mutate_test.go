package irsa_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/radiograph/radiograph/operator/irsa"
)

const roleARN = "arn:aws:iam::111122223333:role/EKS-ADOT-ServiceAccount-Role"

// webIdentity is what a container gets for a role, without a region and an endpoint.
var webIdentity = []string{
	"AWS_ROLE_ARN=" + roleARN,
	"AWS_WEB_IDENTITY_TOKEN_FILE=/var/run/secrets/eks.amazonaws.com/serviceaccount/token",
}

// association is what a container gets for an association.
var association = []string{
	"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.23/v1/credentials",
	"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token",
}

// env are variables as NAME=value.
func env(c *corev1.Container) []string {
	var out []string
	for _, v := range c.Env {
		out = append(out, v.Name+"="+v.Value)
	}
	return out
}

func newPod(change ...func(*corev1.Pod)) *corev1.Pod {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{}},
		Spec: corev1.PodSpec{
			ServiceAccountName: "aws-otel-collector",
			InitContainers:     []corev1.Container{{Name: "init"}},
			Containers:         []corev1.Container{{Name: "app"}, {Name: "side"}},
			Volumes:            []corev1.Volume{{Name: "data"}},
		},
	}
	for _, c := range change {
		c(pod)
	}
	return pod
}

func annotated(key, value string) func(*corev1.Pod) {
	return func(p *corev1.Pod) { p.Annotations["eks.amazonaws.com/"+key] = value }
}

func withEnv(vars ...string) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		for _, v := range vars {
			name, value, _ := strings.Cut(v, "=")
			p.Spec.Containers[0].Env = append(p.Spec.Containers[0].Env, corev1.EnvVar{Name: name, Value: value})
		}
	}
}

// token is the projected token of a pod: volume, audience, file, seconds.
func token(pod *corev1.Pod) (volume, audience, file string, seconds int64) {
	for _, v := range pod.Spec.Volumes {
		if v.Projected != nil {
			t := v.Projected.Sources[0].ServiceAccountToken
			return v.Name, t.Audience, t.Path, *t.ExpirationSeconds
		}
	}
	return "", "", "", 0
}

func TestMutate(t *testing.T) {
	regional := map[bool]*bool{true: new(true), false: new(false)}
	role := irsa.Identity{RoleARN: roleARN}
	concat := func(lists ...[]string) []string { return slices.Concat(lists...) }
	type want struct {
		unchanged bool
		env       []string // of the first container
		audience  string
		seconds   int64
	}
	for _, tc := range []struct {
		name     string
		pod      *corev1.Pod
		identity irsa.Identity
		settings irsa.Settings
		ca       bool
		want     want
	}{
		{name: "nothing", pod: newPod(), want: want{unchanged: true}},
		{name: "role", pod: newPod(), identity: role, want: want{env: webIdentity, audience: "sts.amazonaws.com", seconds: 86400}},
		{
			name: "malformed role is injected", pod: newPod(), identity: irsa.Identity{RoleARN: "collector"},
			want: want{env: []string{"AWS_ROLE_ARN=collector", webIdentity[1]}, audience: "sts.amazonaws.com", seconds: 86400},
		},
		{
			name: "bare name with an account", pod: newPod(), identity: irsa.Identity{RoleARN: "path/collector"}, settings: irsa.Settings{AccountID: "111122223333"},
			want: want{env: []string{"AWS_ROLE_ARN=arn:aws:iam::111122223333:role/path/collector", webIdentity[1]}, audience: "sts.amazonaws.com", seconds: 86400},
		},
		{
			name: "audience of the account", pod: newPod(), identity: irsa.Identity{RoleARN: roleARN, Audience: "vault"}, settings: irsa.Settings{Audience: "other"},
			want: want{env: webIdentity, audience: "vault", seconds: 86400},
		},
		{name: "audience of the webhook", pod: newPod(), identity: role, settings: irsa.Settings{Audience: "other"}, want: want{env: webIdentity, audience: "other", seconds: 86400}},
		{
			name: "regional by default", pod: newPod(), identity: role, settings: irsa.Settings{RegionalSTS: true},
			want: want{env: concat([]string{"AWS_STS_REGIONAL_ENDPOINTS=regional"}, webIdentity), audience: "sts.amazonaws.com", seconds: 86400},
		},
		{
			name: "regional by the account", pod: newPod(), identity: irsa.Identity{RoleARN: roleARN, RegionalSTS: regional[true]},
			want: want{env: concat([]string{"AWS_STS_REGIONAL_ENDPOINTS=regional"}, webIdentity), audience: "sts.amazonaws.com", seconds: 86400},
		},
		{
			name: "not regional by the account", pod: newPod(), identity: irsa.Identity{RoleARN: roleARN, RegionalSTS: regional[false]}, settings: irsa.Settings{RegionalSTS: true},
			want: want{env: webIdentity, audience: "sts.amazonaws.com", seconds: 86400},
		},
		{
			name: "expiration of the account", pod: newPod(), identity: irsa.Identity{RoleARN: roleARN, TokenExpiration: 3600},
			want: want{env: webIdentity, audience: "sts.amazonaws.com", seconds: 3600},
		},
		{
			name: "expiration of the pod goes first", pod: newPod(annotated("token-expiration", "7200")), identity: irsa.Identity{RoleARN: roleARN, TokenExpiration: 3600},
			want: want{env: webIdentity, audience: "sts.amazonaws.com", seconds: 7200},
		},
		{name: "expiration too short", pod: newPod(annotated("token-expiration", "60")), identity: role, want: want{env: webIdentity, audience: "sts.amazonaws.com", seconds: 600}},
		{name: "expiration too long", pod: newPod(annotated("token-expiration", "100000")), identity: role, want: want{env: webIdentity, audience: "sts.amazonaws.com", seconds: 86400}},
		{name: "expiration is none", pod: newPod(annotated("token-expiration", "1d")), identity: role, want: want{env: webIdentity, audience: "sts.amazonaws.com", seconds: 86400}},
		{
			name: "region", pod: newPod(), identity: role, settings: irsa.Settings{Region: "eu-west-1", RegionalSTS: true},
			want: want{env: concat([]string{"AWS_STS_REGIONAL_ENDPOINTS=regional", "AWS_DEFAULT_REGION=eu-west-1", "AWS_REGION=eu-west-1"}, webIdentity), audience: "sts.amazonaws.com", seconds: 86400},
		},
		{
			name: "region is there", pod: newPod(withEnv("AWS_DEFAULT_REGION=us-west-2")), identity: role, settings: irsa.Settings{Region: "eu-west-1"},
			want: want{env: concat([]string{"AWS_DEFAULT_REGION=us-west-2"}, webIdentity), audience: "sts.amazonaws.com", seconds: 86400},
		},
		{
			name: "role is there", pod: newPod(withEnv("AWS_ROLE_ARN=mine")), identity: role,
			want: want{env: []string{"AWS_ROLE_ARN=mine"}, audience: "sts.amazonaws.com", seconds: 86400},
		},
		{
			name: "token file is there", pod: newPod(withEnv("AWS_WEB_IDENTITY_TOKEN_FILE=/mine")), identity: role,
			want: want{env: []string{"AWS_WEB_IDENTITY_TOKEN_FILE=/mine"}, audience: "sts.amazonaws.com", seconds: 86400},
		},
		{
			name: "regional is there", pod: newPod(withEnv("AWS_STS_REGIONAL_ENDPOINTS=legacy")), identity: role, settings: irsa.Settings{RegionalSTS: true},
			want: want{env: concat([]string{"AWS_STS_REGIONAL_ENDPOINTS=legacy"}, webIdentity), audience: "sts.amazonaws.com", seconds: 86400},
		},
		{
			name: "association goes before the role", pod: newPod(), identity: irsa.Identity{RoleARN: roleARN, Audience: "x", TokenExpiration: 900, Associated: true},
			want: want{env: association, audience: "pods.eks.amazonaws.com", seconds: 86400},
		},
		{
			name: "association with region", pod: newPod(), identity: irsa.Identity{Associated: true}, settings: irsa.Settings{Region: "eu-west-1", RegionalSTS: true, AgentURI: irsa.AgentURIv6},
			want: want{env: []string{
				"AWS_STS_REGIONAL_ENDPOINTS=regional", "AWS_DEFAULT_REGION=eu-west-1", "AWS_REGION=eu-west-1",
				"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://[fd00:ec2::23]/v1/credentials", association[1],
			}, audience: "pods.eks.amazonaws.com", seconds: 86400},
		},
		{
			name: "credentials by container are there", pod: newPod(withEnv("AWS_CONTAINER_CREDENTIALS_FULL_URI=http://localhost/")), identity: irsa.Identity{Associated: true},
			want: want{env: []string{"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://localhost/"}, audience: "pods.eks.amazonaws.com", seconds: 86400},
		},
		{
			name: "endpoints", pod: newPod(), identity: role, settings: irsa.Settings{Endpoint: "https://radiograph:2080", Services: []string{"sts", "application-signals"}},
			want: want{env: concat(webIdentity, []string{"AWS_ENDPOINT_URL_STS=https://radiograph:2080", "AWS_ENDPOINT_URL_APPLICATION_SIGNALS=https://radiograph:2080"}), audience: "sts.amazonaws.com", seconds: 86400},
		},
		{
			name: "one endpoint for all", pod: newPod(), identity: role, settings: irsa.Settings{Endpoint: "https://radiograph:2080", Services: []string{"all"}, CABundlePath: "/etc/ca.pem", CAConfigMap: "radiograph-ca"}, ca: true,
			want: want{env: concat(webIdentity, []string{"AWS_ENDPOINT_URL=https://radiograph:2080", "AWS_CA_BUNDLE=/etc/ca.pem"}), audience: "sts.amazonaws.com", seconds: 86400},
		},
		{
			name: "endpoint is there", pod: newPod(withEnv("AWS_ENDPOINT_URL=http://x")), identity: role, settings: irsa.Settings{Endpoint: "https://radiograph:2080", Services: []string{"sts"}},
			want: want{env: concat([]string{"AWS_ENDPOINT_URL=http://x"}, webIdentity), audience: "sts.amazonaws.com", seconds: 86400},
		},
		{
			name: "authorities of the namespace", pod: newPod(), identity: role, settings: irsa.Settings{Endpoint: "https://radiograph:2080", Services: []string{"sts"}, CAConfigMap: "radiograph-ca"}, ca: true,
			want: want{env: concat(webIdentity, []string{"AWS_ENDPOINT_URL_STS=https://radiograph:2080", "AWS_CA_BUNDLE=/var/run/secrets/radiograph.dev/ca/ca.crt"}), audience: "sts.amazonaws.com", seconds: 86400},
		},
		{
			name: "bundle is there", pod: newPod(withEnv("AWS_CA_BUNDLE=/mine")), identity: role, settings: irsa.Settings{Endpoint: "https://radiograph:2080", CABundlePath: "/etc/ca.pem"},
			want: want{env: concat([]string{"AWS_CA_BUNDLE=/mine"}, webIdentity), audience: "sts.amazonaws.com", seconds: 86400},
		},
		{
			name: "every container is skipped", pod: newPod(annotated("skip-containers", "app, side,init")), identity: role,
			want: want{unchanged: true},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := tc.pod.DeepCopy()
			changed := irsa.Mutate(tc.pod, tc.identity, &tc.settings, tc.ca)
			if tc.want.unchanged {
				if diff := cmp.Diff(before, tc.pod); changed || diff != "" {
					t.Fatalf("changed: %s", diff)
				}
				return
			}
			if diff := cmp.Diff(tc.want.env, env(&tc.pod.Spec.Containers[0])); diff != "" {
				t.Errorf("variables (-want +got):\n%s", diff)
			}
			if _, audience, _, seconds := token(tc.pod); !changed || audience != tc.want.audience || seconds != tc.want.seconds {
				t.Errorf("changed %v, token for %q, %d s, want %q, %d s", changed, audience, seconds, tc.want.audience, tc.want.seconds)
			}
		})
	}
}

// TestVolumes checks what is mounted where.
func TestVolumes(t *testing.T) {
	settings := &irsa.Settings{Endpoint: "https://r", CAConfigMap: "radiograph-ca"}
	pod := newPod(annotated("skip-containers", "side"))
	irsa.Mutate(pod, irsa.Identity{RoleARN: roleARN}, settings, true)
	var volumes []string
	for _, v := range pod.Spec.Volumes {
		volumes = append(volumes, v.Name)
	}
	if diff := cmp.Diff([]string{"aws-iam-token", "radiograph-ca", "data"}, volumes); diff != "" {
		t.Error(diff)
	}
	want := []corev1.VolumeMount{
		{Name: "aws-iam-token", MountPath: "/var/run/secrets/eks.amazonaws.com/serviceaccount", ReadOnly: true},
		{Name: "radiograph-ca", MountPath: "/var/run/secrets/radiograph.dev/ca", ReadOnly: true},
	}
	for _, c := range []corev1.Container{pod.Spec.InitContainers[0], pod.Spec.Containers[0]} {
		if diff := cmp.Diff(want, c.VolumeMounts); diff != "" {
			t.Errorf("%s: %s", c.Name, diff)
		}
	}
	if c := pod.Spec.Containers[1]; len(c.Env)+len(c.VolumeMounts) != 0 {
		t.Errorf("skipped container: %+v", c)
	}
	name, _, file, _ := token(pod)
	if name != "aws-iam-token" || file != "token" {
		t.Errorf("token in %s/%s", name, file)
	}
	ca := pod.Spec.Volumes[1].ConfigMap
	if ca == nil || ca.Name != "radiograph-ca" || !*ca.Optional || ca.Items[0].Path != "ca.crt" {
		t.Errorf("authorities %+v", ca)
	}
}

// TestOwnVolume checks that a volume and a mount that the pod has stay, and that no place gets
// a second mount, which the API server would refuse.
func TestOwnVolume(t *testing.T) {
	pod := newPod(func(p *corev1.Pod) {
		p.Spec.Volumes = append(p.Spec.Volumes, corev1.Volume{Name: "aws-iam-token"})
		p.Spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "data", MountPath: "/var/run/secrets/eks.amazonaws.com/serviceaccount"}}
	})
	irsa.Mutate(pod, irsa.Identity{RoleARN: roleARN}, &irsa.Settings{}, false)
	if len(pod.Spec.Volumes) != 2 || pod.Spec.Volumes[1].Projected != nil || len(pod.Spec.Containers[0].VolumeMounts) != 1 {
		t.Errorf("%+v", pod.Spec)
	}
}

func TestWindows(t *testing.T) {
	for _, pod := range []*corev1.Pod{
		newPod(func(p *corev1.Pod) { p.Spec.NodeSelector = map[string]string{"kubernetes.io/os": "windows"} }),
		newPod(func(p *corev1.Pod) { p.Spec.OS = &corev1.PodOS{Name: corev1.Windows} }),
	} {
		irsa.Mutate(pod, irsa.Identity{RoleARN: roleARN, Associated: true}, &irsa.Settings{}, false)
		c := pod.Spec.Containers[0]
		want := []string{webIdentity[0], `AWS_WEB_IDENTITY_TOKEN_FILE=C:\var\run\secrets\eks.amazonaws.com\serviceaccount\token`}
		if diff := cmp.Diff(want, env(&c)); diff != "" || c.VolumeMounts[0].MountPath != `C:\var\run\secrets\eks.amazonaws.com\serviceaccount` {
			t.Errorf("%s, mounts %+v", diff, c.VolumeMounts)
		}
	}
}

// TestIdempotent checks that a pod that went through the webhook goes through it unchanged, and
// that nothing of it was replaced.
func TestIdempotent(t *testing.T) {
	names := []string{
		"AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_STS_REGIONAL_ENDPOINTS", "AWS_ENDPOINT_URL",
		"AWS_ENDPOINT_URL_STS", "AWS_CA_BUNDLE", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "PATH",
	}
	paths := []string{"/data", "/var/run/secrets/eks.amazonaws.com/serviceaccount", "/var/run/secrets/radiograph.dev/ca"}
	volumes := []string{"data", "aws-iam-token", "eks-pod-identity-token", "radiograph-ca"}
	container := rapid.Custom(func(t *rapid.T) corev1.Container {
		c := corev1.Container{Name: rapid.SampledFrom([]string{"app", "side", "x"}).Draw(t, "name")}
		for _, name := range rapid.SliceOfDistinct(rapid.SampledFrom(names), rapid.ID[string]).Draw(t, "env") {
			c.Env = append(c.Env, corev1.EnvVar{Name: name, Value: "mine"})
		}
		for _, path := range rapid.SliceOfDistinct(rapid.SampledFrom(paths), rapid.ID[string]).Draw(t, "mounts") {
			c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: rapid.SampledFrom(volumes).Draw(t, "volume"), MountPath: path})
		}
		return c
	})
	rapid.Check(t, func(t *rapid.T) {
		pod := newPod()
		pod.Spec.Containers = rapid.SliceOfN(container, 1, 3).Draw(t, "containers")
		pod.Spec.InitContainers = rapid.SliceOfN(container, 0, 2).Draw(t, "init")
		pod.Spec.Volumes = nil
		for _, name := range rapid.SliceOfDistinct(rapid.SampledFrom(volumes), rapid.ID[string]).Draw(t, "volumes") {
			pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: name})
		}
		if rapid.Bool().Draw(t, "windows") {
			pod.Spec.NodeSelector = map[string]string{"kubernetes.io/os": "windows"}
		}
		annotated("skip-containers", rapid.SampledFrom([]string{"", "app", "app,side", " x"}).Draw(t, "skip"))(pod)
		settings := &irsa.Settings{
			RegionalSTS: rapid.Bool().Draw(t, "regional"), Region: rapid.SampledFrom([]string{"", "eu-west-1"}).Draw(t, "region"),
			Endpoint: rapid.SampledFrom([]string{"", "http://r"}).Draw(t, "endpoint"), Services: rapid.SampledFrom([][]string{nil, {"sts"}, {"all"}}).Draw(t, "services"),
			CABundlePath: rapid.SampledFrom([]string{"", "/ca"}).Draw(t, "bundle"), CAConfigMap: "radiograph-ca",
		}
		id := irsa.Identity{RoleARN: rapid.SampledFrom([]string{"", roleARN}).Draw(t, "role"), Associated: rapid.Bool().Draw(t, "associated")}
		ca := rapid.Bool().Draw(t, "ca")

		before := pod.DeepCopy()
		changed := irsa.Mutate(pod, id, settings, ca)
		if diff := cmp.Diff(before, pod); changed != (diff != "") {
			t.Fatalf("said changed %v, but %s", changed, diff)
		}
		for i, c := range before.Spec.Containers {
			after := pod.Spec.Containers[i]
			if !cmp.Equal(c.Env, after.Env[:len(c.Env):len(c.Env)]) && len(c.Env) > 0 || len(c.VolumeMounts) > 0 && !cmp.Equal(c.VolumeMounts, after.VolumeMounts[:len(c.VolumeMounts)]) {
				t.Fatalf("container %s lost what it had", c.Name)
			}
		}
		once := pod.DeepCopy()
		if irsa.Mutate(pod, id, settings, ca) {
			t.Fatal(cmp.Diff(once, pod))
		}
	})
}
