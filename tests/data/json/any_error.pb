‚U
(type.googleapis.com/google.rpc.ErrorInfo)
PLAN_EXPIREDghostfleet.v1

plan12