#!/usr/bin/env bash
# Gives the collector's service account a role: registers the cluster's issuer with
# IAM, makes a role that only this service account can assume, attaches policies, and
# annotates the service account. Running it again changes nothing.
#
# Needs aws and kubectl. Set:
#   CLUSTER_NAME   name of the cluster
#   REGION         region that requests are signed for
# and, if others than the defaults are wanted:
#   NAMESPACE          aws-otel-eks
#   SERVICE_ACCOUNT    aws-otel-collector
#   ROLE_NAME          EKS-ADOT-ServiceAccount-Role
#   POLICIES           names or ARNs of policies, separated by spaces
#   AUDIENCE           sts.amazonaws.com
#   ENDPOINT           URL of radiograph, for IAM and STS; AWS_ENDPOINT_URL works, too
#   EKS_ENDPOINT       URL of the add-on API; the same as ENDPOINT unless set
set -euo pipefail

die() {
  echo "create-role.sh: $*" >&2
  exit 1
}

[[ -n "${CLUSTER_NAME:-}" ]] || die "set CLUSTER_NAME to the name of your cluster, for example: export CLUSTER_NAME=demo"
[[ -n "${REGION:-}" ]] || die "set REGION to the region of your cluster, for example: export REGION=us-east-1"
for tool in aws kubectl; do
  command -v "$tool" >/dev/null || die "$tool is not installed"
done

NAMESPACE=${NAMESPACE:-aws-otel-eks}
SERVICE_ACCOUNT=${SERVICE_ACCOUNT:-aws-otel-collector}
ROLE_NAME=${ROLE_NAME:-EKS-ADOT-ServiceAccount-Role}
POLICIES=${POLICIES:-AWSXRayDaemonWriteAccess AmazonPrometheusRemoteWriteAccess CloudWatchAgentServerPolicy}
AUDIENCE=${AUDIENCE:-sts.amazonaws.com}

identity=(--region "$REGION")
eks=(--region "$REGION")
if [[ -n "${ENDPOINT:-}" ]]; then
  identity+=(--endpoint-url "$ENDPOINT")
  eks+=(--endpoint-url "${EKS_ENDPOINT:-$ENDPOINT}")
elif [[ -n "${EKS_ENDPOINT:-}" ]]; then
  eks+=(--endpoint-url "$EKS_ENDPOINT")
fi

account=$(aws sts get-caller-identity "${identity[@]}" --query Account --output text)
issuer=$(aws eks describe-cluster "${eks[@]}" --name "$CLUSTER_NAME" --query cluster.identity.oidc.issuer --output text)
case "$issuer" in
  https://?*) ;;
  *) die "cluster $CLUSTER_NAME has no OpenID Connect issuer: $issuer" ;;
esac
provider=${issuer#https://}
provider_arn=arn:aws:iam::$account:oidc-provider/$provider

# exists COMMAND...: 0 when it answers, 1 when IAM knows no such entity; anything else
# ends the script.
exists() {
  local answer
  if answer=$(aws iam "$@" "${identity[@]}" --output json 2>&1); then
    return 0
  fi
  [[ "$answer" == *NoSuchEntity* ]] || die "$answer"
  return 1
}

if exists get-open-id-connect-provider --open-id-connect-provider-arn "$provider_arn"; then
  aws iam add-client-id-to-open-id-connect-provider "${identity[@]}" \
    --open-id-connect-provider-arn "$provider_arn" --client-id "$AUDIENCE"
else
  aws iam create-open-id-connect-provider "${identity[@]}" --url "$issuer" --client-id-list "$AUDIENCE" >/dev/null
  echo "registered the issuer $issuer"
fi

trust=$(
  cat <<EOF
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {"Federated": "$provider_arn"},
      "Action": "sts:AssumeRoleWithWebIdentity",
      "Condition": {
        "StringEquals": {
          "$provider:sub": "system:serviceaccount:$NAMESPACE:$SERVICE_ACCOUNT",
          "$provider:aud": "$AUDIENCE"
        }
      }
    }
  ]
}
EOF
)

if exists get-role --role-name "$ROLE_NAME"; then
  aws iam update-assume-role-policy "${identity[@]}" --role-name "$ROLE_NAME" --policy-document "$trust"
else
  aws iam create-role "${identity[@]}" --role-name "$ROLE_NAME" --assume-role-policy-document "$trust" >/dev/null
  echo "made the role $ROLE_NAME"
fi
role_arn=$(aws iam get-role "${identity[@]}" --role-name "$ROLE_NAME" --query Role.Arn --output text)

for policy in $POLICIES; do
  case "$policy" in
    arn:*) ;;
    *) policy=arn:aws:iam::aws:policy/$policy ;;
  esac
  aws iam attach-role-policy "${identity[@]}" --role-name "$ROLE_NAME" --policy-arn "$policy"
done

kubectl get namespace "$NAMESPACE" >/dev/null 2>&1 || kubectl create namespace "$NAMESPACE"
kubectl get serviceaccount "$SERVICE_ACCOUNT" --namespace "$NAMESPACE" >/dev/null 2>&1 ||
  kubectl create serviceaccount "$SERVICE_ACCOUNT" --namespace "$NAMESPACE"
kubectl annotate serviceaccount "$SERVICE_ACCOUNT" --namespace "$NAMESPACE" \
  "eks.amazonaws.com/role-arn=$role_arn" --overwrite >/dev/null

echo "$NAMESPACE/$SERVICE_ACCOUNT has the role $role_arn"
echo "pods that run already must be restarted: kubectl rollout restart deployment --namespace $NAMESPACE"
