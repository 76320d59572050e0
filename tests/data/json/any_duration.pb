‚2
,type.googleapis.com/google.protobuf.Duration