package eksapi

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/radiograph/radiograph/operator/api/addons/v1alpha1"
)

// tokenLife is how long a clientRequestToken is remembered.
const tokenLife = 24 * time.Hour

// record is what a request leaves in the spec that it changes. Its digest is of the input,
// which has no token in it.
func (a *API) record(r *request, operation v1alpha1.RequestOperation, token string, input any) (v1alpha1.Request, error) {
	if len(token) > 128 {
		return v1alpha1.Request{}, fail(invalidParameter, "clientRequestToken has more than 128 characters.")
	}
	data, err := json.Marshal(input)
	if err != nil {
		return v1alpha1.Request{}, fmt.Errorf("digest the parameters: %w", err)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %s %s", r.operation.name, r.labels[labelAddon], r.labels[labelAssociation], data))
	return v1alpha1.Request{
		ID: uuid.NewString(), Operation: operation, Token: token, Digest: hex.EncodeToString(sum[:]),
		CallerARN: r.caller, At: metav1.NewMicroTime(a.Now()),
	}, nil
}

// replayed returns the request that was accepted before with the token of this one, if any. One
// with the same token and other parameters is an error.
func replayed(before []v1alpha1.Request, now v1alpha1.Request) (*v1alpha1.Request, error) {
	if now.Token == "" {
		return nil, nil
	}
	i := slices.IndexFunc(before, func(r v1alpha1.Request) bool {
		return r.Token == now.Token && now.At.Sub(r.At.Time) < tokenLife
	})
	if i < 0 {
		return nil, nil
	}
	if before[i].Digest != now.Digest {
		return nil, fail(invalidParameter, "The clientRequestToken was used for a request with other parameters.")
	}
	return &before[i], nil
}

// remember adds a request to those of a spec. When there are too many, the oldest is forgotten,
// but for the one that made the object.
func remember(before []v1alpha1.Request, now v1alpha1.Request) []v1alpha1.Request {
	all := append(slices.Clone(before), now)
	for len(all) > v1alpha1.MaxHistory {
		oldest := 0
		if all[0].Operation == v1alpha1.OperationCreate {
			oldest = 1
		}
		all = slices.Delete(all, oldest, oldest+1)
	}
	var params [][]v1alpha1.UpdateParam
	for i := range slices.Backward(all) {
		all[i].Params = slices.Clone(all[i].Params)
		params = append(params, all[i].Params)
	}
	v1alpha1.ShortenParams(params)
	return all
}
