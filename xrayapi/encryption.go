package xrayapi

import "context"

// encryption is the configuration as it is stored: what a client chose. Data at
// rest is encrypted below radiograph or not at all.
type encryption struct {
	Type  string `json:"type"`
	KeyID string `json:"key_id,omitempty"`
}

const (
	encryptionNone = "NONE"
	encryptionKMS  = "KMS"
)

type encryptionShape struct {
	KeyId        *string
	Status, Type string
}

type encryptionOutput struct {
	EncryptionConfig encryptionShape
}

func (a *API) getEncryption(ctx context.Context, _ *empty) (*encryptionOutput, error) {
	e, ok, err := load[encryption](ctx, a, stateEncryption, stateKeyOnly)
	if err != nil {
		return nil, err
	}
	if !ok {
		e.Type = encryptionNone
	}
	return &encryptionOutput{encryptionShape{KeyId: orNull(e.KeyID), Status: "ACTIVE", Type: e.Type}}, nil
}

type putEncryptionInput struct {
	Type, KeyId *string
}

func (in *putEncryptionInput) check(v *violations) {
	v.required("type", in.Type != nil)
	v.oneOf("type", in.Type, encryptionNone, encryptionKMS)
	v.length("keyId", in.KeyId, 1, 3000)
}

// putEncryption stores the choice. As with AWS the answer says UPDATING; the next
// read says ACTIVE.
func (a *API) putEncryption(ctx context.Context, in *putEncryptionInput) (*encryptionOutput, error) {
	e := encryption{Type: *in.Type, KeyID: text(in.KeyId)}
	switch {
	case e.Type == encryptionKMS && e.KeyID == "":
		return nil, invalid("KeyId is required when Type is KMS")
	case e.Type == encryptionNone && e.KeyID != "":
		return nil, invalid("KeyId must not be given when Type is NONE")
	}
	if err := save(ctx, a, stateEncryption, stateKeyOnly, e); err != nil {
		return nil, err
	}
	return &encryptionOutput{encryptionShape{KeyId: in.KeyId, Status: "UPDATING", Type: e.Type}}, nil
}
