// A single-page form of Ant Design controls that saves by fetch and then shows the reference.
import { useState } from "react";
import { createRoot } from "react-dom/client";
import { AutoComplete, Button, Checkbox, DatePicker, Form, Input, InputNumber, Radio, Select, Switch, TimePicker } from "antd";
import dayjs from "dayjs";
import customParseFormat from "dayjs/plugin/customParseFormat";

dayjs.extend(customParseFormat);
const choices = (...texts) => texts.map((text) => ({ value: text.toLowerCase().replaceAll(" ", "-"), label: text }));
const stations = ["Exampleton Central", "Exampleton North", "Sampleford"];

function Report() {
  const [reference, setReference] = useState("");
  const [offered, setOffered] = useState([]);
  async function save(values) {
    const content = {
      ...values,
      offence_date: values.offence_date?.format("YYYY-MM-DD"),
      offence_time: values.offence_time?.format("HH:mm"),
      discovered: values.discovered?.format("YYYY-MM-DD HH:mm"),
    };
    const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(content) };
    const answer = await fetch("/antd", options);
    setReference((await answer.json()).reference);
  }
  if (reference) return <><h1>Report saved</h1><p className="reference">{reference}</p></>;
  return <>
    <h1>Ant Design report</h1>
    <Form id="report" labelCol={{ span: 5 }} wrapperCol={{ span: 10 }} onFinish={save}>
      <Form.Item label="Source reference" name="source_reference"><Input autoComplete="off" /></Form.Item>
      <Form.Item label="Offence" name="offence"><Select allowClear options={choices("Burglary", "Criminal damage", "Theft")} /></Form.Item>
      <Form.Item label="Property taken" name="property"><Select mode="multiple" options={choices("Cash", "Jewellery", "Phone", "Tools")} /></Form.Item>
      <Form.Item label="Marks seen" name="marks"><Select mode="tags" /></Form.Item>
      <Form.Item label="Date of offence" name="offence_date"><DatePicker format="DD/MM/YYYY" /></Form.Item>
      <Form.Item label="Time of offence" name="offence_time"><TimePicker format="HH:mm" needConfirm={false} /></Form.Item>
      <Form.Item label="Discovered at" name="discovered"><DatePicker showTime={{ format: "HH:mm" }} needConfirm={false} format="DD/MM/YYYY HH:mm" /></Form.Item>
      <Form.Item label="Value in pounds" name="amount">
        <InputNumber formatter={(v) => `${v ?? ""}`.replace(/\B(?=(\d{3})+(?!\d))/g, ",")} parser={(v) => v.replace(/,/g, "")} />
      </Form.Item>
      <Form.Item label="Nearest station" name="station">
        <AutoComplete options={offered} onSearch={(typed) => setOffered(choicesOf(typed))} />
      </Form.Item>
      <Form.Item label="Injury" name="injury"><Radio.Group options={choices("None", "Slight", "Serious")} /></Form.Item>
      <Form.Item label="Motives" name="motives"><Checkbox.Group options={choices("Gain", "Grudge", "Hate")} /></Form.Item>
      <Form.Item label="Hate crime" name="hate" valuePropName="checked"><Switch /></Form.Item>
      <Form.Item label="Details" name="details"><Input.TextArea rows={4} /></Form.Item>
      <Button type="primary" htmlType="submit">Save report</Button>
    </Form>
  </>;
}

const choicesOf = (typed) => stations.filter((s) => s.toLowerCase().includes(typed.toLowerCase())).map((value) => ({ value }));

createRoot(document.getElementById("root")).render(<Report />);
