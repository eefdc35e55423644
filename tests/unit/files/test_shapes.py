# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inventories in the shapes in which other systems export them: their headings and keys, with made-up values."""

from __future__ import annotations

import codecs
import json
from typing import Any, NamedTuple

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError, Problems
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.entries import Rules, read_entries
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.location import number_list
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from ansible_collections.dasha.blackbox.plugins.plugin_utils._e164 import load_region
from ansible_collections.dasha.blackbox.plugins.plugin_utils._numbers_file import read_numbers
from ansible_collections.dasha.blackbox.plugins.plugin_utils._table import read_column_names


class Shape(NamedTuple):
    """A file of another system.

    Attributes:
        columns: what to set for it.
        found: phone numbers with their display names, None if the file has none.
        region: if it has numbers without a plus sign.
    """

    path: str
    data: bytes
    columns: dict[str, str | None]
    found: dict[str, str | None]
    region: str = ""


def ignored(*names: str) -> dict[str, str | None]:
    return dict.fromkeys(names)


def table(*lines: str, end: str = "\n") -> bytes:
    return (end.join(lines) + end).encode()


TWILIO = table(
    "SID\tPhone Number\tFriendly Name",
    "PN0123456789abcdef0123456789abcdef\t+12125550101\tCongress hotline",
    "PNfedcba9876543210fedcba9876543210\t+12125550102\t(212) 555-0102",
)
TELNYX = table(
    "Phone Number,Status,Connection Name,Connection ID,Tags,Emergency Enabled,Purchased At",
    '+12125550101,active,BlackBox,1494404757140276705,"production, east",false,2026-01-05T10:00:00Z',
)
TELNYX_CLI = [
    {"phone_number": "+12125550101", "status": "active", "connection_id": "c1", "tags": ["east", "production"]}
]
PBX_3CX = table(
    "Name,DID,Trunk,In Office Hours,Out Of Office Hours",
    '"Sales, west",+12125550101,10000,Extension 101,End Call',
    "Support,*2125550102,10000,Queue 800,Voicemail 101",
    end="\r\n",
)
RINGCENTRAL = {
    "uri": "https://platform.example.com/restapi/v1.0/account/1/phone-number",
    "records": [
        {
            "id": 1162820004,
            "phoneNumber": "+12125550101",
            "label": "Main line",
            "usageType": "MainCompanyNumber",
            "country": {"id": "1", "name": "United States"},
            "features": ["SmsSender", "CallerId"],
            "extension": {"id": 1, "extensionNumber": "101"},
        }
    ],
    "paging": {"page": 1, "totalPages": 1},
}
ZOOM = {
    "next_page_token": "",
    "page_size": 30,
    "phone_numbers": [
        {
            "id": "55JUu2VmQfyT1f4gLxTJ6A",
            "number": "+12125550101",
            "display_name": "Front desk",
            "number_type": "toll",
            "status": "available",
            "capability": ["incoming", "outgoing"],
            "site": {"id": "8f71O6rWT8KFUGQmJIFAdQ", "name": "Main"},
            "assignee": {"id": "z8yCxTTTTSiw02QgCAp8uQ", "extension_number": 101},
        }
    ],
    "total_records": 1,
}
TEAMS = table(
    "#TYPE Microsoft.Teams.ConfigAPI.Cmdlets.Generated.Models.AcquiredTelephoneNumber",
    '"TelephoneNumber","OperatorId","NumberType","ActivationState","AssignedPstnTargetId","City","Tag"',
    '"+12125550101","2b24d246-a9ee-428b-96bc-fb9d9a053c8d","DirectRouting","Activated","","New York","System.String[]"',
    end="\r\n",
)
FREEPBX = table(
    "cidnum,extension,destination,privacyman,alertinfo,ringing,fanswer,mohclass,description,grppre,delay_answer,pricid",
    ',12125550101,"ext-queues,800,1",0,,,,default,Support,,0,',
    ',2125550102,"from-did-direct,101,1",0,,,,default,Sales,,0,',
    ',+12125550103,"app-blackhole,hangup,1",0,,,,default,,,0,',
)
FREEPBX_OLD = table("action,DID,description,destination", 'add,12125550101,Support,"app-daynight,0,1"')
NETSAPIENS = [
    {
        "domain": "office.example.com",
        "phonenumber": "12125550101",
        "enabled": "yes",
        "dial-rule-application": "to-user",
        "dial-rule-description": "Reception",
        "dial-rule-translation-destination-user": "101",
    }
]
SIGNALWIRE = {
    "links": {"self": "https://example.signalwire.com/api/relay/rest/phone_numbers"},
    "data": [
        {
            "id": "1bd571e4-5ea4-4a70-a3c8-2bab5d20e754",
            "number": "+12125550101",
            "name": "Support",
            "call_handler": "relay_context",
            "capabilities": ["voice", "sms"],
            "call_fallback_url": None,
        }
    ],
}
YEASTAR = table(
    "DID Number,Extension Matched",
    "(212) 555-0101,1001",
    "212-555-0102,1002",
)
YEASTAR_ROUTES = table(
    "Name,DID Pattern,Caller ID Pattern,Member Trunks,Destination",
    "Support,+12125550101,,Trunk1&Trunk2,1000",
)
NETBOX = table(
    "id,number,tenant,region,forward_to,description,provider,tags",
    "7,+12125550101,Example Inc,us-east,,Support,Carrier,",
    '8,+12125550102,Example Inc,us-east,,"Sales, west",Carrier,"a,b"',
)

SHAPES = {
    "Twilio": Shape(
        "twilio.tsv",
        TWILIO,
        {"SID": None, "Friendly Name": "display_name"},
        {"+12125550101": "Congress hotline", "+12125550102": "(212) 555-0102"},
    ),
    "Telnyx": Shape(
        "telnyx.csv",
        TELNYX,
        {
            "Connection Name": "display_name",
            **ignored("Status", "Connection ID", "Tags", "Emergency Enabled", "Purchased At"),
        },
        {"+12125550101": "BlackBox"},
    ),
    "Telnyx CLI": Shape(
        "telnyx.json",
        json.dumps(TELNYX_CLI).encode(),
        ignored("status", "connection_id", "tags"),
        {"+12125550101": None},
    ),
    "3CX": Shape(
        "3cx.csv",
        PBX_3CX.replace(b"*2125550102", b"+12125550102"),
        {"Name": "display_name", "DID": "phone_number", **ignored("Trunk", "In Office Hours", "Out Of Office Hours")},
        {"+12125550101": "Sales, west", "+12125550102": "Support"},
    ),
    "RingCentral": Shape(
        "ringcentral.json",
        json.dumps(RINGCENTRAL).encode(),
        {"label": "display_name", **ignored("id", "usageType", "country", "features", "extension")},
        {"+12125550101": "Main line"},
    ),
    "Zoom Phone": Shape(
        "zoom.json",
        json.dumps(ZOOM).encode(),
        {"number": "phone_number", **ignored("id", "number_type", "status", "capability", "site", "assignee")},
        {"+12125550101": "Front desk"},
    ),
    "Teams": Shape(
        "teams.csv",
        codecs.BOM_UTF8 + TEAMS,
        {
            "TelephoneNumber": "phone_number",
            "City": "description",
            **ignored("OperatorId", "NumberType", "ActivationState", "AssignedPstnTargetId", "Tag"),
        },
        {"+12125550101": None},
    ),
    "FreePBX": Shape(
        "freepbx.csv",
        FREEPBX,
        {
            "extension": "phone_number",
            "description": "display_name",
            **ignored("cidnum", "destination", "privacyman", "alertinfo", "ringing", "fanswer", "mohclass"),
            **ignored("grppre", "delay_answer", "pricid"),
        },
        {"+12125550101": "Support", "+12125550102": "Sales", "+12125550103": None},
        "US",
    ),
    "FreePBX before 13": Shape(
        "dids.csv",
        FREEPBX_OLD,
        {"DID": "phone_number", "description": "display_name", **ignored("action", "destination")},
        {"+12125550101": "Support"},
        "US",
    ),
    "NetSapiens": Shape(
        "netsapiens.jsonl",
        "".join(f"{json.dumps(number)}\n" for number in NETSAPIENS).encode(),
        {
            "dial-rule-description": "display_name",
            **ignored("domain", "enabled", "dial-rule-application", "dial-rule-translation-destination-user"),
        },
        {"+12125550101": "Reception"},
        "US",
    ),
    "SignalWire": Shape(
        "signalwire.json",
        json.dumps(SIGNALWIRE).encode(),
        {
            "number": "phone_number",
            "name": "display_name",
            **ignored("id", "call_handler", "capabilities", "call_fallback_url"),
        },
        {"+12125550101": "Support"},
    ),
    "Yeastar": Shape(
        "yeastar.csv",
        YEASTAR,
        {"DID Number": "phone_number", "Extension Matched": None},
        {"+12125550101": None, "+12125550102": None},
        "US",
    ),
    "Yeastar routes": Shape(
        "routes.csv",
        YEASTAR_ROUTES,
        {
            "DID Pattern": "phone_number",
            "Name": "display_name",
            **ignored("Caller ID Pattern", "Member Trunks", "Destination"),
        },
        {"+12125550101": "Support"},
    ),
    "NetBox": Shape(
        "netbox.csv",
        NETBOX,
        {
            "number": "phone_number",
            "description": "display_name",
            **ignored("id", "tenant", "region", "forward_to", "provider", "tags"),
        },
        {"+12125550101": "Support", "+12125550102": "Sales, west"},
    ),
}


def read(shape: Shape, columns: dict[str, Any]) -> list[dict[str, Any]]:
    region = [load_region(shape.region)] if shape.region else []
    found: list[dict[str, Any]] = read_numbers(shape.path, shape.data, read_column_names(columns), *region)["entries"]
    return found


@pytest.mark.parametrize("name", SHAPES)
def test_export_of_another_system_is_a_fleet(name: str) -> None:
    shape = SHAPES[name]
    entries = read(shape, shape.columns)
    assert {entry["phone_number"]: entry.get("display_name") for entry in entries} == shape.found
    problems = Problems()
    read_entries(PHONE_NUMBER, number_list(entries, shape.path), Rules({}), problems)
    problems.raise_if_any()


@pytest.mark.parametrize("name", SHAPES)
def test_export_without_columns_is_refused_with_every_name_that_means_nothing(name: str) -> None:
    shape = SHAPES[name]
    with pytest.raises(InvalidOptionsError) as caught:
        read(shape, {})
    for heading in (heading for heading in shape.columns if heading not in ("id", "description", "Trunk")):
        assert repr(heading) in str(caught.value)
    assert len(str(caught.value)) < 6_000


def test_pattern_of_a_rule_is_not_a_number_of_a_region() -> None:
    shape = SHAPES["3CX"]._replace(data=PBX_3CX, region="US")
    with pytest.raises(InvalidOptionsError) as caught:
        read(shape, shape.columns)
    assert "line 3, column DID: phone_number is '*2125550102'" in str(caught.value)
