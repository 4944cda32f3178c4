import { useState } from "react";
import { useWords } from "../../i18n/words";
import { Field } from "../../ui/field";
import type { Schema } from "./jobs";

type Values = Record<string, unknown>;

interface Props {
  schema: Schema | null;
  value: Values;
  label: string;
  onChange: (value: Values) => void;
  error?: string | undefined;
}

/** Parameters as fields where a schema says what they are, else as JSON; the API judges them. */
export function SchemaForm({ schema, value, label, onChange, error }: Props) {
  const words = useWords();
  const fields = Object.entries(schema?.properties ?? {});
  const isPlain = fields.length > 0 && fields.every(([, field]) => kindOf(field) !== null);
  const [asJson, setAsJson] = useState(!isPlain);
  const showsJson = asJson || !isPlain;
  if (schema?.properties && fields.length === 0) {
    return <p className="hint">{words.editor.noParameters}</p>;
  }
  return (
    <fieldset className="parameters">
      <legend>{label}</legend>
      {isPlain && (
        <button type="button" className="link" onClick={() => setAsJson(!asJson)}>
          {showsJson ? words.editor.asFields : words.editor.asJson}
        </button>
      )}
      {showsJson ? (
        <JsonField label="JSON" value={value} onChange={onChange} error={error} />
      ) : (
        fields.map(([name, field]) => (
          <Parameter
            key={name}
            name={name}
            schema={field}
            isRequired={schema?.required?.includes(name) ?? false}
            value={value[name]}
            onChange={(changed) => onChange(withValue(value, name, changed))}
          />
        ))
      )}
      {error && !showsJson && <p className="wrong">{error}</p>}
    </fieldset>
  );
}

function withValue(values: Values, name: string, value: unknown): Values {
  const { [name]: _before, ...rest } = values;
  return value === undefined ? rest : { ...rest, [name]: value };
}

type Kind = "text" | "integer" | "number" | "boolean" | "choice";

function kindOf(schema: Schema): Kind | null {
  if (schema.enum) return "choice";
  const own = [schema.type ?? schema.anyOf?.map((each) => each.type ?? "") ?? []].flat(2);
  const types = own.filter((type) => type !== "null");
  if (types.length !== 1) return null;
  const [type] = types;
  if (type === "string") return "text";
  return type === "integer" || type === "number" || type === "boolean" ? type : null;
}

interface ParameterProps {
  name: string;
  schema: Schema;
  isRequired: boolean;
  value: unknown;
  onChange: (value: unknown) => void;
}

function Parameter({ name, schema, isRequired, value, onChange }: ParameterProps) {
  const words = useWords();
  const kind = kindOf(schema);
  const hint = [schema.description, hintOf(schema)].filter(Boolean).join(" ");
  return (
    <Field label={isRequired ? `${name} *` : name} {...(hint && { hint })}>
      {(attributes) => {
        if (kind === "boolean") {
          return (
            <select
              {...attributes}
              value={value === undefined ? "" : String(value)}
              onChange={({ target }) =>
                onChange(target.value === "" ? undefined : target.value === "true")
              }
            >
              <option value="">{words.editor.byDefault(String(schema.default ?? ""))}</option>
              <option value="true">true</option>
              <option value="false">false</option>
            </select>
          );
        }
        if (kind === "choice") {
          return (
            <select
              {...attributes}
              value={value === undefined ? "" : JSON.stringify(value)}
              onChange={({ target }) =>
                onChange(target.value === "" ? undefined : JSON.parse(target.value))
              }
            >
              <option value="">{words.editor.byDefault(String(schema.default ?? ""))}</option>
              {schema.enum?.map((each) => (
                <option key={JSON.stringify(each)} value={JSON.stringify(each)}>
                  {String(each)}
                </option>
              ))}
            </select>
          );
        }
        const isNumber = kind !== "text";
        return (
          <input
            {...attributes}
            type={isNumber ? "number" : "text"}
            {...(kind === "number" && { step: "any" })}
            {...(schema.minimum !== undefined && { min: schema.minimum })}
            {...(schema.maximum !== undefined && { max: schema.maximum })}
            placeholder={schema.default === undefined ? "" : String(schema.default)}
            value={value === undefined || value === null ? "" : String(value)}
            onChange={({ target }) => {
              if (target.value === "") return onChange(undefined);
              onChange(isNumber ? Number(target.value) : target.value);
            }}
          />
        );
      }}
    </Field>
  );
}

function hintOf({ minimum, maximum }: Schema): string {
  if (minimum !== undefined && maximum !== undefined) return `(${minimum}–${maximum})`;
  return "";
}

interface JsonProps {
  label: string;
  value: unknown;
  onChange: (value: Values) => void;
  hint?: string;
  error?: string | undefined;
}

/** An object as JSON. */
export function JsonField({ onChange, ...rest }: JsonProps) {
  const { notAnObject } = useWords().editor;
  return (
    <AnyJsonField
      {...rest}
      onChange={(parsed) => {
        if (parsed === null) onChange({});
        else if (typeof parsed !== "object" || Array.isArray(parsed)) return notAnObject;
        else onChange(parsed as Values);
        return "";
      }}
    />
  );
}

interface AnyJsonProps extends Omit<JsonProps, "onChange"> {
  /** Takes what was written, null if nothing was, and answers what is wrong with it. */
  onChange: (value: unknown) => string;
}

/** Any JSON. What is none stays in the field, and is said; nothing is handed on until it is. */
export function AnyJsonField({ label, value, onChange, hint, error }: AnyJsonProps) {
  const words = useWords();
  const [text, setText] = useState(() => (value === null ? "" : JSON.stringify(value, null, 2)));
  const [fault, setFault] = useState("");
  return (
    <Field label={label} {...(hint && { hint })} error={fault || error}>
      {(attributes) => (
        <textarea
          {...attributes}
          className="code-input"
          rows={Math.min(12, Math.max(3, text.split("\n").length))}
          spellCheck={false}
          value={text}
          onChange={({ target }) => {
            setText(target.value);
            try {
              setFault(onChange(JSON.parse(target.value.trim() || "null")));
            } catch (wrong) {
              setFault(`${words.editor.notJson} ${wrong instanceof Error ? wrong.message : ""}`);
            }
          }}
        />
      )}
    </Field>
  );
}
