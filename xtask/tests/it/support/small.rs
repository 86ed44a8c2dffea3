//! Small specs with one thing of each kind: two products, and what they share.

use crate::support::workspace::Checkout;

pub(crate) const REST: &str = "specs/toys/rest.yaml";
pub(crate) const ENUMS: &str = "specs/shared/enums.yaml";
pub(crate) const SBE: &str = "specs/toys/sbe/toys.xml";
pub(crate) const FIX: &str = "specs/toys/fix/oe.xml";

/// Writes them in place of what a checkout has.
pub(crate) fn write(checkout: &Checkout) {
    for (path, text) in [
        (REST, TOYS),
        ("specs/toys/ws-api.yaml", WS_API),
        ("specs/toys/ws-streams.yaml", STREAMS),
        (SBE, SCHEMA),
        (FIX, DICTIONARY),
        ("specs/dolls/rest.yaml", DOLLS),
        (ENUMS, SHARED_ENUMS),
        ("specs/shared/objects.yaml", SHARED_OBJECTS),
        ("specs/shared/error-codes.yaml", ERROR_CODES),
        ("specs/shared/retired.yaml", RETIRED),
        ("specs/sources.toml", ""),
    ] {
        checkout.write(path, text);
    }
}

const TOYS: &str = "openapi: 3.0.3
info: {title: Toys, version: '1'}
x-product: toys
x-transport: rest
x-error-codes: [toys]
servers:
  - {url: 'https://toys.example', x-environment: production}
paths:
  /toys/v1/toy:
    get:
      operationId: getToy
      summary: One toy
      tags: [General]
      x-security: NONE
      x-weight: 5
      parameters:
        - {name: shop, in: query, required: true, schema: {type: string}}
        - {name: limit, in: query, schema: {type: integer, format: int32, default: 10}}
      responses:
        '200': {description: A toy, content: {application/json: {schema: {$ref: '#/components/schemas/Toy'}}}}
    post:
      operationId: makeToy
      summary: Make a toy
      tags: [General]
      x-security: TRADE
      responses:
        '200': {description: Made, content: {application/json: {schema: {$ref: '#/components/schemas/Toy'}}}}
  /toys/v1/part:
    get:
      operationId: getPart
      summary: A part
      tags: [General]
      x-security: NONE
      responses:
        '200': {description: A part, content: {application/json: {schema: {$ref: '../shared/objects.yaml#/components/schemas/Part'}}}}
components:
  schemas:
    Colour: {type: string, description: Colour, x-extensible-enum: [RED, BLUE]}
    Toy:
      type: object
      description: A toy
      required: [id, colour]
      properties:
        id: {type: integer, format: int64}
        colour: {$ref: '#/components/schemas/Colour'}
        price: {type: string, format: decimal}
";

/// An operation, and the one that comes behind it.
pub(crate) const NEW_OPERATION: &str = "  /toys/v1/doll:
    get:
      operationId: getDoll
      summary: A doll
      tags: [General]
      x-security: NONE
      parameters:
        - {name: name, in: query, required: true, schema: {type: string}}
      responses:
        '200': {description: A doll, content: {application/json: {schema: {$ref: '#/components/schemas/Toy'}}}}
  /toys/v1/part:";

/// An operation that may go.
pub(crate) const PART: &str = "  /toys/v1/part:
    get:
      operationId: getPart
      summary: A part
      tags: [General]
      x-security: NONE
      responses:
        '200': {description: A part, content: {application/json: {schema: {$ref: '../shared/objects.yaml#/components/schemas/Part'}}}}
";

const WS_API: &str = "openapi: 3.0.3
info: {title: Toys, version: '1'}
x-product: toys
x-transport: ws-api
servers:
  - {url: 'wss://toys.example/ws-api', x-environment: production}
paths:
  /toy.get:
    post:
      operationId: toyGet
      tags: [General]
      x-twin: getToy
      responses: {'200': {$ref: 'rest.yaml#/paths/~1toys~1v1~1toy/get/responses/200'}}
";

const STREAMS: &str = "openapi: 3.0.3
info: {title: Toys, version: '1'}
x-product: toys
x-transport: ws-streams
servers:
  - {url: 'wss://stream.toys.example', x-environment: production}
paths:
  /{shop}@toy:
    get:
      operationId: toyStream
      summary: Toys
      tags: [General]
      x-update-speed: 1000ms
      x-event-type: toy
      parameters:
        - {name: shop, in: path, required: true, x-lower-case: true, schema: {type: string}}
      responses:
        '200': {description: Event, content: {application/json: {schema: {$ref: '#/components/schemas/ToyEvent'}}}}
components:
  schemas:
    ToyEvent:
      type: object
      description: An event
      required: [e, id]
      properties:
        e: {type: string, enum: [toy]}
        id: {type: integer, format: int64}
    DollEvent:
      type: object
      description: An event of dolls
      required: [e, doll]
      properties:
        e: {type: string, enum: [doll]}
        doll: {type: integer, format: int64}
";

/// A stream in front of the others.
pub(crate) const NEW_STREAM: &str = "paths:
  /{shop}@doll:
    get:
      operationId: doll
      summary: Dolls
      tags: [General]
      x-update-speed: 1000ms
      x-event-type: doll
      parameters:
        - {name: shop, in: path, required: true, x-lower-case: true, schema: {type: string}}
      responses:
        '200': {description: Event, content: {application/json: {schema: {$ref: '#/components/schemas/DollEvent'}}}}
";

const SCHEMA: &str = r#"<sbe:messageSchema xmlns:sbe="http://fixprotocol.io/2016/sbe" xmlns:mbx="https://binance.com"
  package="toys_sbe" id="9" version="0" semanticVersion="5.2" byteOrder="littleEndian">
<types>
  <composite name="messageHeader"><type name="blockLength" primitiveType="uint16"/>
    <type name="templateId" primitiveType="uint16"/><type name="schemaId" primitiveType="uint16"/>
    <type name="version" primitiveType="uint16"/></composite>
  <composite name="groupSizeEncoding"><type name="blockLength" primitiveType="uint16"/>
    <type name="numInGroup" primitiveType="uint32"/></composite>
  <composite name="varString8"><type name="length" primitiveType="uint8"/>
    <type name="varData" length="0" primitiveType="uint8" characterEncoding="UTF-8"/></composite>
  <type name="count" primitiveType="int64"/>
  <enum name="colour" encodingType="uint8"><validValue name="Red">0</validValue><validValue name="Blue">1</validValue></enum>
</types>
<sbe:message name="Toy" id="1">
  <field id="1" name="first" type="count"/>
  <field id="3" name="tint" type="colour"/>
  <group id="100" name="parts"><field id="1" name="weight" type="count"/></group>
  <data id="200" name="label" type="varString8"/>
</sbe:message>
</sbe:messageSchema>"#;

const DICTIONARY: &str = "<fix type='FIX' major='4' minor='4' servicepack='0'>
<header><field name='BeginString' required='Y'/><field name='BodyLength' required='Y'/><field name='MsgType' required='Y'/></header>
<trailer><field name='CheckSum' required='Y'/></trailer>
<messages>
<message name='Toy' msgtype='T' msgcat='app'>
<field name='Name' required='Y'/><field name='Size' required='N'/>
<group name='NoParts' required='N'><field name='Colour' required='Y'/><field name='Weight' required='N'/></group>
</message>
</messages>
<components/>
<fields>
<field number='8' name='BeginString' type='STRING'/><field number='9' name='BodyLength' type='LENGTH'/>
<field number='35' name='MsgType' type='STRING'/><field number='10' name='CheckSum' type='STRING'/>
<field number='501' name='Name' type='STRING'/><field number='502' name='Size' type='INT'/>
<field number='503' name='NoParts' type='NUMINGROUP'/>
<field number='504' name='Colour' type='CHAR'><value enum='1' description='RED'/><value enum='2' description='BLUE'/></field>
<field number='505' name='Weight' type='QTY'/>
</fields></fix>";

pub(crate) const DOLLS: &str = "openapi: 3.0.3
info: {title: Dolls, version: '1'}
x-product: dolls
x-transport: rest
servers:
  - {url: 'https://dolls.example', x-environment: production}
paths:
  /dolls/v1/part:
    get:
      operationId: getPart
      summary: A part
      tags: [General]
      x-security: NONE
      responses:
        '200': {description: A part, content: {application/json: {schema: {$ref: '../shared/objects.yaml#/components/schemas/Part'}}}}
";

const SHARED_ENUMS: &str = "openapi: 3.0.3
info: {title: Shared value sets, version: '1'}
paths: {}
components:
  schemas:
    State: {type: string, description: State, x-extensible-enum: [OPEN, CLOSED]}
";

const SHARED_OBJECTS: &str = "openapi: 3.0.3
info: {title: Shared objects, version: '1'}
paths: {}
components:
  schemas:
    Part:
      type: object
      description: A part
      required: [name, state]
      properties:
        name: {type: string}
        state: {$ref: 'enums.yaml#/components/schemas/State'}
        size: {type: integer, format: int64}
";

const RETIRED: &str = "retired:
  - {call: GET /toys/v1/old, product: toys, date: '2026-01-02'}
";

const ERROR_CODES: &str = "families:
  toys: The API of toys
codes:
  - {code: -1, name: UNKNOWN, families: [toys], text: Something failed}
";
