#!/usr/bin/env python3
"""Writes tests/data/json: messages of json_kinds.proto as another implementation encodes them
(NAME.pb) and prints them (NAME.json, and NAME.all.json with all fields); and spellings.tsv, texts
with the bytes it reads them as, or "refused", or "ours" where we refuse what it reads. Run by hand, with
Debian's python3-protobuf, after json_kinds.proto or the cases changed; the files are checked in.

    /usr/bin/python3 tests/support/json_golden.py
"""
import json
import pathlib
import subprocess
import sys
import tempfile

from google.protobuf import json_format

root = pathlib.Path(__file__).resolve().parents[2]
out = root / "tests/data/json"

with tempfile.TemporaryDirectory() as gen:
    subprocess.run(
        ["protoc", "-I", str(root / "tests/support"), "-I", str(root / "proto"), "-I", "/usr/include",
         "--python_out", gen, "json_kinds.proto", "google/rpc/error_details.proto"],
        check=True)
    sys.path.insert(0, gen)
    import json_kinds_pb2 as pb
    from google.rpc import error_details_pb2 as rpc

cases = {}


def case(name):
    cases[name] = pb.Kinds()
    return cases[name]


case("empty")

m = case("scalars")
m.a_int32, m.a_sint32, m.a_sfixed32 = -2147483648, -1, 2147483647
m.a_uint32, m.a_fixed32 = 4294967295, 7
m.a_int64, m.a_sint64, m.a_sfixed64 = -9223372036854775808, 9223372036854775807, -5
m.a_uint64, m.a_fixed64 = 18446744073709551615, 9007199254740993
m.a_float, m.a_double, m.a_bool = 0.1, -1234.5678, True
m.a_string = 'quote " backslash \\ slash / tab \t line \n return \r feed \f back \b bell \x07 é 漢 😀'
m.a_bytes = bytes(range(256))
m.color = pb.COLOR_DEEP_BLUE
m.inner.name = "wallet-001"

m = case("reals")
m.many_double.extend([0.0, -0.0, 1.0, 100.0, 0.1, 1 / 3, 1e300, 2.5e-300, 1e20, 123456789.125,
                      float("inf"), float("-inf"), float("nan")])
m.a_float = 16777216.0
m.a_double = 1.7976931348623157e308

m = case("negative_zero")
m.a_double = -0.0

m = case("repeated")
m.many_int32.extend([0, 1, -1])
m.many_uint64.extend([0, 2**64 - 1])
m.many_bool.extend([True, False])
m.many_string.extend(["", "a", "b"])
m.many_bytes.extend([b"", b"\x00", b"\xfb\xff", b"abc", b"\xff\xff\xfe"])
m.many_color.extend([0, 1, 7, 99])
m.many_inner.add()
m.many_inner.add().count = 12

m = case("maps")
m.by_name["one two"] = 1
m.by_number[-3].name = "minus three"
m.by_flag[True] = "yes"
m.by_id[2**64 - 1] = pb.COLOR_RED

m = case("unknown_enum")
m.color = 42
m.maybe_color = -3

m = case("oneof_empty_text")
m.picked_text = ""

m = case("oneof_zero")
m.picked_number = 0

m = case("oneof_inner")
m.picked_inner.SetInParent()

m = case("oneof_color")
m.picked_color = pb.COLOR_UNSPECIFIED

m = case("oneof_bytes")
m.picked_bytes = b""

m = case("optional_zeros")
m.maybe_int32, m.maybe_string, m.maybe_bool = 0, "", False
m.maybe_color, m.maybe_double, m.maybe_uint64, m.maybe_bytes = 0, 0.0, 0, b""

m = case("times")
for seconds, nanos in [(0, 0), (-62135596800, 0), (253402300799, 999999999), (-1, 500000000),
                       (1582934400, 1000000), (951782400, 1000), (1795322712, 123456789),
                       (-2208988800, 0), (4107542399, 10)]:
    m.many_time.add(seconds=seconds, nanos=nanos)
for seconds, nanos in [(0, 0), (3, 500000000), (-3, -500000000), (0, -1), (315576000000, 0),
                       (-315576000000, -999999999), (1, 1000), (600, 0)]:
    m.many_took.add(seconds=seconds, nanos=nanos)
m.seen_time.SetInParent()
m.took.SetInParent()

m = case("mask")
m.update_mask.paths.extend(["display_name", "labels", "a.b_c.d"])

m = case("mask_empty")
m.update_mask.SetInParent()

m = case("any_error")
e = rpc.ErrorInfo(reason="PLAN_EXPIRED", domain="ghostfleet.v1")
e.metadata["plan"] = "12"
m.detail.Pack(e)

m = case("any_retry")
r = rpc.RetryInfo()
r.retry_delay.seconds = 2
m.detail.Pack(r)

m = case("any_duration")
r = rpc.RetryInfo()
r.retry_delay.seconds = 2
m.detail.Pack(r.retry_delay)

m = case("text")
m.many_string.extend(["\ud7ff\ue000\uffff\U00010000\U0010ffff", "\u2028\u2029", "</script>&'", "\x80",
                      "\x01\x1f", "e\u0301 \u202e"])

m = case("nested")
m.many_inner.add(name="a", count=-1)
m.by_number[5].name = "zero"
m.picked_inner.name = "b"
m.inner.count = 2**53 + 1

m = case("names")
m.under_score_2_x, m.camelAlready, m.x__y = "a", "b", "c"

out.mkdir(parents=True, exist_ok=True)
for name, m in cases.items():
    (out / f"{name}.pb").write_bytes(m.SerializeToString(deterministic=True))
    for suffix, everything in ((".json", False), (".all.json", True)):
        text = json_format.MessageToJson(
            m, including_default_value_fields=everything, ensure_ascii=False, indent=2)
        (out / f"{name}{suffix}").write_text(text)

# How else one may write it, and what one may not. Second: why we refuse what Python reads.
spellings = [
    ('{}', None), (' \n\t\r{ } ', None), ('', None), ('null', None), ('[]', "not an object"), ('{"aInt32":1}{}', None),
    # 64-bit integers, as numbers and as strings
    ('{"aInt64":-9223372036854775808}', None), ('{"aInt64":"9223372036854775807"}', None),
    ('{"aInt64":9223372036854775808}', None), ('{"aInt64":"-9223372036854775809"}', None),
    ('{"aUint64":18446744073709551615}', None), ('{"aUint64":"18446744073709551615"}', None),
    ('{"aUint64":18446744073709551616}', None), ('{"aUint64":-1}', None), ('{"aFixed64":"-1"}', None),
    ('{"aInt64":1e3}', None), ('{"aInt64":1.5}', None), ('{"aInt64":""}', None), ('{"aInt64":"0x10"}', None),
    ('{"aInt64":true}', None), ('{"aInt64":" 1"}', None), ('{"aInt64":[]}', None),
    # 32-bit ones
    ('{"aInt32":2147483647}', None), ('{"aInt32":2147483648}', None), ('{"aInt32":-2147483649}', None),
    ('{"aUint32":4294967295}', None), ('{"aUint32":4294967296}', None), ('{"aInt32":"-7"}', None),
    ('{"aInt32":01}', None), ('{"aInt32":+1}', None), ('{"aInt32":1.0}', None), ('{"aInt32":0.5}', None),
    # reals
    ('{"aDouble":"NaN","aFloat":"-Infinity"}', None), ('{"aDouble":"Infinity"}', None), ('{"aDouble":"inf"}', "no such name"),
    ('{"aDouble":NaN}', None), ('{"aDouble":Infinity}', None), ('{"aDouble":"1.5e3"}', None),
    ('{"aDouble":123456789012345678901234567890}', None), ('{"aFloat":3.5e38}', None), ('{"aDouble":1e309}', None),
    ('{"aDouble":.5}', None), ('{"aDouble":5.}', None),
    # text
    ('{"aString":"\\u00e9\\ud83d\\ude00\\/"}', None), ('{"aString":"\\ud83d"}', None),
    ('{"aString":"\\ude00\\ud83d"}', None), ('{"aString":"\\ud83dx"}', None), ('{"aString":"a\\u0000b"}', "no NUL"),
    ('{"aString":"\t"}', None), ('{"aString":"\\x41"}', None), ('{"aString":1}', None), ('{"aString":true}', None),
    # bytes, in both alphabets
    ('{"aBytes":"+/8="}', None), ('{"aBytes":"-_8"}', None), ('{"aBytes":"-_8="}', None), ('{"aBytes":"+/8"}', None),
    ('{"aBytes":"a"}', None), ('{"aBytes":""}', None),
    # enums
    ('{"color":"COLOR_RED"}', None), ('{"color":1}', None), ('{"color":99}', None), ('{"color":"COLOR_PINK"}', None),
    ('{"color":1.5}', "not whole"), ('{"color":"color_red"}', None), ('{"color":null}', None), ('{"manyColor":[7,"COLOR_RED"]}', None),
    # null is absent, but in a list
    ('{"aInt32":null,"inner":null,"manyInt32":null,"byName":null,"seenTime":null,"pickedText":null}', None),
    ('{"manyInt32":[1,null]}', None), ('{"manyInner":[null]}', None), ('{"byName":{"a":null}}', None),
    # names
    ('{"a_int32":1}', None), ('{"aint32":1}', None), ('{"nothing":1}', None), ('{"under_score_2_x":"a"}', None),
    ('{"x__y":"a","camelAlready":"b"}', None), ('{"inner":{"nothing":1}}', None),
    ('{"aInt32":1,"aInt32":2}', None), ('{"aInt32":1,"a_int32":2}', "comes twice"),
    # one of
    ('{"pickedText":"","pickedNumber":1}', None), ('{"pickedNumber":0}', None), ('{"pickedText":null,"pickedNumber":1}', None),
    ('{"maybeInt32":0,"maybeString":""}', None),
    # times
    ('{"seenTime":"1970-01-01T00:00:00Z"}', None), ('{"seenTime":"2026-11-22T04:00:00.1Z"}', None),
    ('{"seenTime":"2026-11-22T04:00:00.123456789+05:30"}', None), ('{"seenTime":"0001-01-01T00:00:00Z"}', None),
    ('{"seenTime":"9999-12-31T23:59:59.999999999Z"}', None), ('{"seenTime":"0000-12-31T23:59:59Z"}', None),
    ('{"seenTime":"10000-01-01T00:00:00Z"}', None), ('{"seenTime":"2026-11-22T04:00:00"}', None),
    ('{"seenTime":"2026-02-29T04:00:00Z"}', None), ('{"seenTime":"2026-11-22T04:00:00.1234567891Z"}', None),
    ('{"seenTime":"2026-11-22T24:00:00Z"}', None), ('{"seenTime":0}', None), ('{"seenTime":{"seconds":1}}', None),
    ('{"took":"1s","manyTook":["-0.5s","315576000000s","0.000000001s"]}', None), ('{"took":"1"}', None),
    ('{"took":"315576000001s"}', None), ('{"took":"-315576000001s"}', None), ('{"took":"s"}', None), ('{"took":""}', None),
    # masks
    ('{"updateMask":"displayName,a.bC"}', None), ('{"updateMask":""}', None), ('{"updateMask":"a_b"}', None),
    # maps and lists; a default key or value may be left out of the bytes, so there is none here
    ('{"byName":{"é":"2"}}', None), ('{"byNumber":{"-1":{}}}', None), ('{"byNumber":{"x":{}}}', None),
    ('{"byFlag":{"true":"b"}}', None), ('{"byFlag":{"True":"a"}}', None), ('{"byId":{"18446744073709551615":1}}', None),
    ('{"byName":{"a":1,"a":2}}', None), ('{"byName":[]}', None), ('{"manyInt32":{}}', None), ('{"manyInt32":1}', None),
    ('{"manyInt32":[1,]}', None), ('{"aBool":"true"}', None), ('{"aBool":1}', None),
    ('{"detail":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"2s"}}', "Any is not read"),
]


def verdict(text, ours):
    try:
        made = json_format.Parse(text, pb.Kinds()).SerializeToString(deterministic=True).hex()
    except (json_format.ParseError, ValueError, OverflowError, TypeError):
        return "refused"
    return "ours" if ours else made


lines = [f"{verdict(text, ours)}\t{json.dumps(text, ensure_ascii=False)}\n" for text, ours in spellings]
(out / "spellings.tsv").write_text("".join(lines))
